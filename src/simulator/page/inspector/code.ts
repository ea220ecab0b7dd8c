import { html } from "htm/preact";
import { useMemo, useState } from "preact/hooks";
import { Icon } from "../icons.js";
import { notify, t } from "../store.js";
import { highlight } from "./highlight.js";

/** Longer texts are shown in part: colouring them would take the page's breath away. */
const shown = 40_000;

/** A block of XML or JSON in clear text, and as it went over the wire when that differs. */
export function Code({
  title,
  note = "",
  source,
  wire,
}: {
  readonly title: string;
  readonly note?: string;
  readonly source: string;
  readonly wire?: string | undefined;
}) {
  const [raw, setRaw] = useState(false);
  const text = raw && wire !== undefined ? wire : source;
  const tokens = useMemo(
    () => (raw ? [{ kind: "text", text }] : highlight(text.slice(0, shown))),
    [text, raw],
  );
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => notify(t("copied")),
      () => undefined,
    );
  return html`<section class="part">
    <h3>
      ${title} ${note !== "" && html`<small>${note}</small>`}
      <span class="part-buttons">
        ${
          wire !== undefined &&
          [false, true].map(
            (isRaw) => html`<button
              type="button"
              class="chip"
              aria-pressed=${raw === isRaw}
              onClick=${() => setRaw(isRaw)}
            >
              ${t(isRaw ? "wire" : "clearText")}
            </button>`,
          )
        }
        <button type="button" class="plain" aria-label=${t("copy")} title=${t("copy")} onClick=${copy}>
          <${Icon} name="copy" />
        </button>
      </span>
    </h3>
    <pre class="code" data-raw=${raw} tabindex="0">
${
  text === ""
    ? html`<i class="empty">${t("empty")}</i>`
    : tokens.map(({ kind, text: part }) =>
        kind === "text" ? part : html`<span class=${`code-${kind}`}>${part}</span>`,
      )
}${text.length > shown ? " …" : ""}</pre
    >
  </section>`;
}

/** Names and values, such as a query's. */
export function Pairs({ pairs }: { readonly pairs: readonly (readonly [string, string])[] }) {
  return html`<dl class="pairs">
    ${pairs.map(
      ([name, value]) => html`<dt>${name}</dt>
      <dd>${value}</dd>`,
    )}
  </dl>`;
}
