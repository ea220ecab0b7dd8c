import { html } from "htm/preact";
import { useState } from "preact/hooks";
import type { Content } from "../../world/chat.js";
import { Icon } from "../icons.js";
import { mediaAddress } from "../picture.js";
import { act, open, t } from "../store.js";
import { CouponCard, LinkCard, LocationCard, MiniProgramCard, MusicCard } from "./cards.js";
import { type Segment, segmentsOf } from "./text.js";
import type { Viewed } from "./viewer.js";
import { VoiceBubble } from "./voice.js";

/** One message, by what it is. */
export function Bubble({
  content,
  onView,
}: {
  readonly content: Content;
  onView(viewed: Viewed): void;
}) {
  switch (content.type) {
    case "text":
      return html`<div class="bubble"><${Text} text=${content.content} /></div>`;
    case "menu":
      return html`<div class="bubble">
        ${content.head !== "" && html`<p><${Text} text=${content.head} /></p>`}
        ${content.items.map(
          ({ id, content: text }) => html`<p key=${id}><${Choice} id=${id} text=${text} /></p>`,
        )}
        ${content.tail !== "" && html`<p><${Text} text=${content.tail} /></p>`}
      </div>`;
    case "image":
      return html`<${Picture} mediaId=${content.mediaId} onView=${onView} />`;
    case "video":
      return html`<${Film} content=${content} onView=${onView} />`;
    case "voice":
      return html`<${VoiceBubble} content=${content} />`;
    case "music":
      return html`<${MusicCard} content=${content} />`;
    case "location":
      return html`<${LocationCard} content=${content} />`;
    case "link":
      return html`<${LinkCard} content=${content} />`;
    case "miniprogram":
      return html`<${MiniProgramCard} content=${content} />`;
    case "card":
      return html`<${CouponCard} content=${content} />`;
    default:
      return html`<div class="bubble">${content.type}</div>`;
  }
}

/** A text with its links; what it holds besides is text and nothing else. */
function Text({ text }: { readonly text: string }) {
  return segmentsOf(text).map((segment) => html`<${Piece} segment=${segment} />`);
}

function Piece({ segment }: { readonly segment: Segment }) {
  switch (segment.kind) {
    case "text":
      return html`<span>${segment.text}</span>`;
    case "menu":
      return html`<${Choice} id=${segment.id} text=${segment.text} content=${segment.content} />`;
    case "link":
      return html`<a
        href=${segment.url}
        rel="noopener noreferrer"
        onClick=${(event: MouseEvent) => {
          // A click with a key held, or of the wheel, is meant for the browser.
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          void open(segment.url);
        }}
        >${segment.text}</a
      >`;
  }
}

function Choice({
  id,
  text,
  content = text,
}: {
  readonly id: string;
  readonly text: string;
  readonly content?: string;
}) {
  return html`<button
    type="button"
    class="choice"
    onClick=${() => act({ act: "text", text: content, menuItem: id })}
  >
    ${text}
  </button>`;
}

function Picture({ mediaId, onView }: { readonly mediaId: string; onView(viewed: Viewed): void }) {
  const [failed, fail] = useState(false);
  if (failed) return html`<div class="bubble bubble-missing">${t("missing")}</div>`;
  return html`<button
    type="button"
    class="picture"
    aria-label=${t("image")}
    onClick=${() => onView({ type: "image", mediaId })}
  >
    <img src=${mediaAddress(mediaId)} alt=${t("image")} onError=${() => fail(true)} />
  </button>`;
}

function Film({
  content,
  onView,
}: {
  readonly content: Extract<Content, { type: "video" }>;
  onView(viewed: Viewed): void;
}) {
  const { mediaId, title = "", description = "" } = content;
  return html`<button
    type="button"
    class="picture film"
    aria-label=${`${t("video")} ${title}`}
    onClick=${() => onView({ type: "video", mediaId })}
  >
    <video src=${mediaAddress(mediaId)} preload="metadata" muted playsinline></video>
    <span class="film-play"><${Icon} name="play" /></span>
    ${title + description !== "" && html`<span class="film-title"><b>${title}</b> ${description}</span>`}
  </button>`;
}
