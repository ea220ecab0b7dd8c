import { html } from "htm/preact";
import { LinkCard, LocationCard } from "../chat/cards.js";
import { t } from "../store.js";
import type { Line } from "./answers.js";
import type { Shared } from "./apis.js";

/** How much of what a page says is shown, in characters. */
const shown = 600;

/** What the page has asked the phone for, and what the user can do with the page. */
export function JssdkPanel({
  lines,
  hidden,
  onShare,
}: {
  readonly lines: readonly Line[];
  /** What the page has hidden of the menu. */
  readonly hidden: readonly string[];
  onShare(to: Shared["to"]): void;
}) {
  const last = lines.at(-1);
  if (last === undefined) return null;
  return html`<details class="jssdk">
    <summary>
      <b>JS-SDK</b> <i>${lines.length}</i>
      <span data-bad=${isBad(last)}>${last.name}: ${last.outcome ?? "…"}</span>
    </summary>
    <div class="jssdk-body">
      <div class="jssdk-shares" role="group" aria-label=${t("share")}>
        ${shareWays.map(
          ({ to, item, word }) => html`<button
            type="button"
            class="chip"
            disabled=${hidden.includes(item)}
            onClick=${() => onShare(to)}
          >
            ${t(word)}
          </button>`,
        )}
      </div>
      <ol class="jssdk-lines" aria-label="JS-SDK">
        ${lines.toReversed().map((line) => html`<${Row} key=${line.id} line=${line} />`)}
      </ol>
    </div>
  </details>`;
}

/** How a page is shared, and what the menu item is called in `hideMenuItems`. */
export const shareWays = [
  { to: "onMenuShareAppMessage", item: "menuItem:share:appMessage", word: "shareFriend" },
  { to: "onMenuShareTimeline", item: "menuItem:share:timeline", word: "shareMoments" },
] as const;

function isBad({ outcome }: Line): boolean {
  return outcome !== undefined && outcome !== "ok" && outcome !== "cancel";
}

function Row({ line }: { readonly line: Line }) {
  const { name, options, outcome, signed } = line;
  const { signature, ...rest } = options;
  const text = JSON.stringify(rest);
  const isShare = /Share/.test(name);
  const isPlace = name === "openLocation" && Number.isFinite(Number(options.latitude));
  return html`<li>
    <p><b>${name}</b> <i data-bad=${isBad(line)}>${outcome ?? "…"}</i></p>
    ${
      isShare && outcome === "ok"
        ? html`<${LinkCard}
            content=${{
              type: "link",
              title: String(options.title ?? ""),
              description: String(options.desc ?? ""),
              url: String(options.link ?? ""),
            }}
          />`
        : isPlace
          ? html`<${LocationCard}
              content=${{
                type: "location",
                latitude: Number(options.latitude),
                longitude: Number(options.longitude) || 0,
                scale: 16,
                label: String(options.name ?? ""),
              }}
            />`
          : text !== "{}" &&
            html`<code>${text.slice(0, shown)}${text.length > shown && " …"}</code>`
    }
    ${signed !== undefined && html`<p>${t("signedWrong")}</p><code>${signed}</code>`}
  </li>`;
}
