import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useFocusBack } from "./focus.js";
import { Icon } from "./icons.js";
import { useJssdk } from "./jssdk/desk.js";
import { JssdkPanel } from "./jssdk/panel.js";
import { QuestionSheet } from "./jssdk/questions.js";
import { isLoopback } from "./picture.js";
import { change, t } from "./store.js";

/**
 * The browser inside WeChat. The page keeps its own origin, so that it can log in, but it cannot
 * lead this page away. Nor can it reach into it: no page of this origin that may be framed, such as
 * the one that asks for consent to a login, is allowed scripts.
 */
const sandbox = "allow-scripts allow-same-origin allow-forms allow-modals allow-popups";

/** Shows a web page over the chat. */
export function Browser({
  address,
  frame,
}: {
  readonly address: string;
  readonly frame?: string | undefined;
}) {
  const [round, setRound] = useState(0);
  const [loading, setLoading] = useState(true);
  const closer = useRef<HTMLButtonElement>(null);
  const view = useRef<HTMLIFrameElement>(null);
  const { lines, question, hidden, share } = useJssdk(view, address);
  const close = () => change({ address: undefined });
  useFocusBack();
  useEffect(() => {
    closer.current?.focus();
    setLoading(true);
  }, [address]);
  const { host } = new URL(address);
  return html`<div
    class="browser"
    role="dialog"
    aria-label=${t("pageFrame")}
    onKeyDown=${(event: KeyboardEvent) => event.key === "Escape" && !question && close()}
  >
    <div class="titlebar">
      <button
        type="button"
        class="plain"
        ref=${closer}
        aria-label=${t("close")}
        onClick=${close}
      >
        <${Icon} name="close" />
      </button>
      <span class="browser-host" title=${address}>${host}</span>
      <button
        type="button"
        class="plain"
        aria-label=${t("reload")}
        onClick=${() => {
          setLoading(true);
          setRound(round + 1);
        }}
      >
        <${Icon} name="reload" />
      </button>
      <a
        class="plain"
        href=${address}
        target="_blank"
        rel="noopener noreferrer"
        aria-label=${t("openOutside")}
      >
        <${Icon} name="outside" />
      </a>
    </div>
    ${loading && html`<div class="browser-progress" role="progressbar"></div>`}
    ${frame === undefined && html`<${OtherHost} address=${address} />`}
    <iframe
      ref=${view}
      key=${`${round} ${address}`}
      src=${frame ?? address}
      title=${t("pageFrame")}
      sandbox=${sandbox}
      referrerpolicy="no-referrer"
      onLoad=${() => setLoading(false)}
    ></iframe>
    <${JssdkPanel} lines=${lines} hidden=${hidden} onShare=${share} />
    ${question && html`<${QuestionSheet} question=${question} />`}
  </div>`;
}

/** 127.0.0.1 and localhost are two sites: inside a frame, the cookies of the other are not sent. */
function OtherHost({ address }: { readonly address: string }) {
  const { hostname } = new URL(address);
  if (hostname === location.hostname || !isLoopback(hostname) || !isLoopback(location.hostname)) {
    return null;
  }
  const better = `${location.protocol}//${hostname}:${location.port}/`;
  return html`<p class="browser-hint">${t("otherHost")} <a href=${better}>${better}</a></p>`;
}
