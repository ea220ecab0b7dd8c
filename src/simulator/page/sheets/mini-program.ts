import { html } from "htm/preact";
import { change, type MiniProgram, t } from "../store.js";
import { Cover } from "./sheets.js";

/** Stands where WeChat would open a mini program (小程序): it says which page of which one that is. */
export function MiniProgramSheet({ program }: { readonly program: MiniProgram }) {
  const close = () => change({ miniProgram: undefined });
  const { title, appId, path } = program;
  return html`<${Cover} title=${t("miniProgram")} onClose=${close}>
    <p class="program-title">${title}</p>
    <dl class="pairs">
      <dt>AppID</dt>
      <dd>${appId || "–"}</dd>
      <dt>${t("page")}</dt>
      <dd>${path || "–"}</dd>
    </dl>
    <p class="hint">${t("notHere")}</p>
    <div class="sheet-buttons sheet-button">
      <button type="button" class="second" onClick=${close}>${t("close")}</button>
    </div>
  <//>`;
}
