import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { Icon, type IconName } from "../icons.js";
import type { SheetName } from "../sheets/sheets.js";
import { act, change, t, upload } from "../store.js";
import type { Word } from "../words.js";

/** What else can be sent: files at once, the rest by a sheet that asks for more. */
export function MorePanel({ onSheet }: { onSheet(name: SheetName): void }) {
  const image = useRef<HTMLInputElement>(null);
  const video = useRef<HTMLInputElement>(null);
  const sendFile = (type: "image" | "video") => async (event: Event) => {
    const field = event.target as HTMLInputElement;
    for (const file of field.files ?? []) {
      const mediaId = await upload(type, file, file.name);
      if (mediaId !== undefined) await act({ act: type, mediaId });
    }
    field.value = "";
  };
  const item = (icon: IconName, word: Word, onClick: () => void) =>
    html`<button type="button" class="plain more" onClick=${onClick}>
      <span><${Icon} name=${icon} /></span>${t(word)}
    </button>`;
  return html`<div class="panel panel-more" role="group" aria-label=${t("more")}>
    ${item("image", "image", () => image.current?.click())}
    ${item("video", "video", () => video.current?.click())}
    ${item("microphone", "voiceMessage", () => onSheet("voiceMessage"))}
    ${item("location", "location", () => onSheet("location"))}
    ${item("link", "link", () => onSheet("link"))}
    ${item("scan", "scan", () => onSheet("scan"))}
    ${item("compose", "compose", () => change({ composed: "MsgType=event\nEvent=" }))}
    <input
      ref=${image}
      class="file"
      type="file"
      name="image"
      accept="image/jpeg,image/png,image/gif,image/webp,image/bmp"
      multiple
      tabindex="-1"
      aria-hidden="true"
      onChange=${sendFile("image")}
    />
    <input
      ref=${video}
      class="file"
      type="file"
      name="video"
      accept="video/*"
      tabindex="-1"
      aria-hidden="true"
      onChange=${sendFile("video")}
    />
  </div>`;
}
