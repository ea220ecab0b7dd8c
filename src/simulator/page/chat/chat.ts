import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { aiLabel, type ChatEntry } from "../../world/chat.js";
import { AccountAvatar, Avatar } from "../avatar.js";
import { eventLine, timeLine } from "../lines.js";
import { t, usePage } from "../store.js";
import { Bubble } from "./bubble.js";
import { NewsCard, TemplateCard } from "./cards.js";
import type { Viewed } from "./viewer.js";

/** After how long a pause the time stands between two lines, in milliseconds. */
const pause = 3 * 60_000;

/** The chat with the account; it stays at its end unless somebody has scrolled up. */
export function Chat({ onView }: { onView(viewed: Viewed): void }) {
  const { chat, user, people, settings } = usePage();
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const typing = people.find(({ name }) => name === user)?.typing === true;
  const said = chat.findLast(({ from }) => from === "user")?.id;
  // Declared before the one that scrolls, so that what the user says is seen wherever the chat stood.
  useLayoutEffect(() => {
    atEnd.current = true;
  }, [user, said]);
  useLayoutEffect(() => {
    if (atEnd.current) list.current?.scrollTo(0, list.current.scrollHeight);
  }, [chat, typing]);
  useEffect(() => {
    // A panel below takes room from the chat, whose end stays in sight.
    const observer = new ResizeObserver(stay);
    observer.observe(list.current as HTMLDivElement);
    return () => observer.disconnect();
  }, []);
  const keepEnd = () => {
    const { scrollHeight, scrollTop, clientHeight } = list.current as HTMLDivElement;
    atEnd.current = scrollHeight - scrollTop - clientHeight < 48;
  };
  const stay = () => {
    if (atEnd.current) list.current?.scrollTo(0, list.current.scrollHeight);
  };
  return html`<div
    class="chat"
    role="log"
    aria-label=${t("chat")}
    tabindex="0"
    ref=${list}
    onScroll=${keepEnd}
    onLoadCapture=${stay}
    onLoadedMetadataCapture=${stay}
  >
    ${
      chat.length === 0 &&
      html`<div class="chat-empty">
        <${AccountAvatar} />
        <p>${settings?.account.name}</p>
      </div>`
    }
    ${chat.map((entry, index) => {
      const before = chat[index - 1];
      const time = before === undefined || entry.at - before.at > pause;
      return html`<${Line} key=${entry.id} entry=${entry} time=${time} onView=${onView} />`;
    })}
    ${typing && html`<${Writing} />`}
  </div>`;
}

/** Where the next words will stand, while the account writes. */
function Writing() {
  return html`<div class="message message-account">
    <${AccountAvatar} />
    <p class="bubble bubble-writing" role="status" aria-label=${t("typing")}><i></i><i></i><i></i></p>
  </div>`;
}

function Line({
  entry,
  time,
  onView,
}: {
  readonly entry: ChatEntry;
  readonly time: boolean;
  onView(viewed: Viewed): void;
}) {
  return html`
    ${time && html`<p class="line line-time">${timeLine(entry.at)}</p>`}
    <${Entry} entry=${entry} onView=${onView} />
  `;
}

function Entry({ entry, onView }: { readonly entry: ChatEntry; onView(viewed: Viewed): void }) {
  const { people, user, settings } = usePage();
  const { content, from } = entry;
  switch (content.type) {
    case "banner":
      return html`<p class="line line-banner" role="alert">${content.text}</p>`;
    case "event":
      return html`<p class="line">${eventLine(content, settings?.menu ?? [])}</p>`;
    case "transfer_customer_service":
      return html`<p class="line">${t("transfer")} ${content.account}</p>`;
    case "news":
      return html`<${NewsCard} articles=${content.articles} />`;
    case "template":
      return html`<${TemplateCard} content=${content} />`;
  }
  const person = people.find(({ name }) => name === user);
  return html`<div class=${`message message-${from}`}>
    ${
      from === "user"
        ? html`<${Avatar} name=${person?.nickname ?? user} picture=${person?.picture} />`
        : html`<${AccountAvatar} />`
    }
    <${Bubble} content=${content} onView=${onView} />
  </div>
  ${entry.aiGenerated === true && html`<p class="line">${aiLabel}</p>`}`;
}
