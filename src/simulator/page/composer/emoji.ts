import { html } from "htm/preact";
import { useArrows } from "../focus.js";
import { Icon } from "../icons.js";
import { t } from "../store.js";

const emoji = [
  ..."🙂😁😂🤣😊😍😘😎🤔😏😅😭😢😡😱😴🤗🤭🤫🤐😷🤒🥳🥺👍👎👌👋🙏👏💪🤝🌹💔🎉🎁🧧🎂🍵🍺🌙🌈🔥⭐🐱🐶🐼🐷",
  "❤️",
  "☀️",
  "✌️",
  "☕",
];

/** The faces to pick from. */
export function EmojiPanel({ onPick, onErase }: { onPick(emoji: string): void; onErase(): void }) {
  const arrows = useArrows<HTMLDivElement>("button");
  return html`<div
    class="panel panel-emoji"
    role="group"
    aria-label=${t("emoji")}
    ...${arrows}
  >
    ${emoji.map(
      (one) =>
        html`<button type="button" class="plain" onClick=${() => onPick(one)}>${one}</button>`,
    )}
    <button type="button" class="plain panel-erase" aria-label=${t("remove")} onClick=${onErase}>
      <${Icon} name="back" />
    </button>
  </div>`;
}
