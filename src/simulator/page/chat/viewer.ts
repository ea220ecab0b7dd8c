import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { useFocusBack } from "../focus.js";
import { mediaAddress } from "../picture.js";
import { t } from "../store.js";

/** A picture or a film, seen large. */
export interface Viewed {
  readonly type: "image" | "video";
  readonly mediaId: string;
}

/** Shows a picture or a film over the whole phone, until it is tapped away. */
export function Viewer({ viewed, onClose }: { readonly viewed: Viewed; onClose(): void }) {
  const button = useRef<HTMLButtonElement>(null);
  useFocusBack();
  useEffect(() => button.current?.focus(), []);
  const address = mediaAddress(viewed.mediaId);
  return html`<div
    class="viewer"
    role="dialog"
    aria-modal="true"
    aria-label=${t(viewed.type)}
    onKeyDown=${(event: KeyboardEvent) => event.key === "Escape" && onClose()}
  >
    ${
      viewed.type === "image"
        ? html`<img src=${address} alt=${t("image")} onClick=${onClose} />`
        : html`<video src=${address} controls autoplay></video>`
    }
    <button type="button" class="viewer-close" ref=${button} onClick=${onClose}>
      ${t("close")}
    </button>
  </div>`;
}
