import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { fieldsIn, MalformedLine } from "../../pushes/field-lines.js";
import { act, change, composable, notify, t } from "../store.js";
import { Cover } from "./sheets.js";

/** Asks for any push, of which the name gives the fields to begin with. */
export function ComposeSheet({ begun }: { readonly begun: string }) {
  const [known, setKnown] = useState<Readonly<Record<string, string>>>({});
  const [name, setName] = useState("");
  const [lines, setLines] = useState(begun);
  useEffect(() => void composable().then(setKnown), []);
  const close = () => change({ composed: undefined });
  const pick = (event: Event) => {
    const picked = (event.target as HTMLInputElement).value.trim();
    setName(picked);
    if (Object.hasOwn(known, picked)) setLines(known[picked] as string);
  };
  const send = async (event: Event) => {
    event.preventDefault();
    try {
      const fields = fieldsIn(lines);
      const what = String((fields.MsgType === "event" ? fields.Event : fields.MsgType) ?? "");
      if (!Object.hasOwn(known, what)) notify(t("composeUnknown", what || "MsgType"));
      close();
      await act({ act: "push", fields, shown: true });
    } catch (error) {
      if (!(error instanceof MalformedLine)) throw error;
      notify(t("composeBad", error.line));
    }
  };
  return html`<${Cover} title=${t("compose")} onClose=${close}>
    <form onSubmit=${send}>
      <label class="field">
        <span>${t("composeName")}</span>
        <input list="composable" value=${name} autocomplete="off" onInput=${pick} />
      </label>
      <datalist id="composable">
        ${Object.keys(known).map((one) => html`<option value=${one} />`)}
      </datalist>
      <label class="field">
        <span>${t("composeFields")}</span>
        <textarea
          class="lines"
          rows="9"
          required
          spellcheck=${false}
          value=${lines}
          onInput=${(event: Event) => setLines((event.target as HTMLTextAreaElement).value)}
        ></textarea>
      </label>
      <p class="hint">${t("composeHint")}</p>
      <div class="sheet-buttons">
        <button type="button" class="second" onClick=${close}>${t("cancel")}</button>
        <button type="submit" class="main">${t("send")}</button>
      </div>
    </form>
  <//>`;
}
