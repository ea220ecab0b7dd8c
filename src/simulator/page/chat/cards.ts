import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Content, NewsArticle } from "../../world/chat.js";
import { AccountAvatar } from "../avatar.js";
import { Icon } from "../icons.js";
import { mediaAddress, pictureAddress } from "../picture.js";
import { change, open, t, usePage } from "../store.js";
import { webAddress } from "./text.js";

type Of<T extends Content["type"]> = Extract<Content, { type: T }>;

/** Articles (图文消息): one large, or the first large and the others below it. */
export function NewsCard({ articles }: { readonly articles: readonly NewsArticle[] }) {
  const [first, ...others] = articles;
  if (first === undefined) return null;
  return html`<div class="news">
    <button type="button" class="news-first" onClick=${() => first.url && open(first.url)}>
      <${Cover} address=${first.picUrl} />
      <span class=${others.length > 0 ? "news-title news-over" : "news-title"}>${first.title}</span>
      ${
        others.length === 0 &&
        first.description &&
        html`<span class="news-description">${first.description}</span>`
      }
    </button>
    ${others.map(
      (
        article,
      ) => html`<button type="button" class="news-row" onClick=${() => article.url && open(article.url)}>
        <span class="news-title">${article.title}</span>
        <${Cover} address=${article.picUrl} />
      </button>`,
    )}
  </div>`;
}

function Cover({ address }: { readonly address: string | undefined }) {
  const { pictures } = usePage();
  const [failed, fail] = useState(false);
  const here = pictureAddress(address ?? "", pictures);
  if (here === undefined || failed) {
    const title = !address || failed ? "" : t("picture");
    return html`<span class="cover cover-none" title=${title}><${Icon} name="image" /></span>`;
  }
  return html`<img class="cover" src=${here} alt="" onError=${() => fail(true)} />`;
}

/** A template message (模板消息) or a subscription message (订阅通知). */
export function TemplateCard({ content }: { readonly content: Of<"template"> }) {
  const { title, lines, url } = content;
  const { settings } = usePage();
  const body = html`<span class="template-from">
      <${AccountAvatar} /> ${settings?.account.name}
    </span>
    <b class="template-title">${title}</b>
    <span class="template-lines">${lines.map((line) => html`<${TemplateLine} line=${line} />`)}</span>`;
  if (url === undefined || webAddress(url) === undefined) {
    return html`<div class="template">${body}</div>`;
  }
  return html`<button type="button" class="template" onClick=${() => open(url)}>
    ${body}
    <span class="template-more">${t("details")} <${Icon} name="next" /></span>
  </button>`;
}

function TemplateLine({ line }: { readonly line: string }) {
  const [, label, value] = /^([^:：]{1,12})[:：]\s*(.*)$/s.exec(line) ?? [];
  if (label === undefined) return html`<span class="template-line">${line}</span>`;
  return html`<span class="template-line"><i>${label}</i><span>${value}</span></span>`;
}

/** A place. The map is drawn here: it asks no map service. */
export function LocationCard({ content }: { readonly content: Of<"location"> }) {
  const { label, latitude, longitude } = content;
  const place = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return html`<div class="place">
    <b>${label || t("location")}</b>
    <span>${place}</span>
    <svg viewBox="0 0 240 104" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <path class="place-water" d="M0 82c40-18 62 6 104-6s52-34 136-22v50H0z" />
      <path class="place-green" d="M18 12h46v30H18zM170 8h52v26h-52z" />
      <path
        class="place-street"
        d="M0 52h240M84-4l10 112M150-4l-8 112M0 20l240-10M30-4v112M200-4l8 112M0 76l240 14"
      />
      <path class="place-road" d="M-6 66C60 50 110 58 246 26M118-4l4 112" />
      <path
        class="place-pin"
        d="M120 62c9-10 14-17 14-24a14 14 0 1 0-28 0c0 7 5 14 14 24z"
      />
      <circle cx="120" cy="38" r="5" fill="#fff" />
    </svg>
  </div>`;
}

/** A web page that the user passed on. */
export function LinkCard({ content }: { readonly content: Of<"link"> }) {
  const { title, description, url } = content;
  return html`<button type="button" class="linked" onClick=${() => open(url)}>
    <b>${title}</b>
    <span class="linked-body">
      <span>${description || url}</span>
      <span class="linked-picture"><${Icon} name="link" /></span>
    </span>
  </button>`;
}

/** A piece of music; it is loaded when it is played. */
export function MusicCard({ content }: { readonly content: Of<"music"> }) {
  const { title = "", description = "", url = "", thumbMediaId } = content;
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, play] = useState(false);
  useEffect(() => () => audio.current?.pause(), []);
  const address = webAddress(url);
  const toggle = () =>
    playing ? audio.current?.pause() : audio.current?.play().catch(() => play(false));
  return html`<div class="music">
    <div>
      <b>${title || t("play")}</b>
      <span>${description}</span>
    </div>
    <button
      type="button"
      disabled=${address === undefined}
      aria-label=${`${t(playing ? "pause" : "play")} ${title}`}
      onClick=${toggle}
    >
      <img src=${mediaAddress(thumbMediaId)} alt="" onError=${hide} />
      <${Icon} name=${playing ? "pause" : "play"} />
    </button>
    ${
      address !== undefined &&
      html`<audio
        ref=${audio}
        src=${address}
        preload="none"
        onPlay=${() => play(true)}
        onPause=${() => play(false)}
      ></audio>`
    }
  </div>`;
}

/** A page of a mini program (小程序). */
export function MiniProgramCard({ content }: { readonly content: Of<"miniprogram"> }) {
  const { title, appId, path } = content;
  return html`<button
    type="button"
    class="linked"
    onClick=${() => change({ miniProgram: { title, appId, path } })}
  >
    <b>${title}</b>
    <span class="linked-foot">${t("miniProgram")}</span>
  </button>`;
}

/** A coupon (卡券), which the simulator shows and cannot open. */
export function CouponCard({ content }: { readonly content: Of<"card"> }) {
  return html`<div class="linked">
    <b>${content.cardId}</b>
    <span class="linked-foot">${t("card")}</span>
  </div>`;
}

function hide(event: Event): void {
  (event.target as HTMLElement).style.visibility = "hidden";
}
