import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import type { SettingsView } from "../../phone/view.js";
import { chooseLanguage, choosePictures, set, t, usePage } from "../store.js";
import type { Word } from "../words.js";

/** The switches: encryption, delays, failures, and what the page itself does. */
export function Settings() {
  const { settings, pictures, language } = usePage();
  if (settings === undefined) return null;
  const { account } = settings;
  return html`<div class="settings">
    <fieldset>
      <legend>${t("mode")}</legend>
      <div class="segments">
        ${(["plain", "compat", "safe"] as const).map(
          (mode) => html`<button
            type="button"
            aria-pressed=${account.mode === mode}
            disabled=${mode !== "plain" && !account.canEncrypt}
            onClick=${() => set({ mode })}
          >
            ${t(mode)}
          </button>`,
        )}
      </div>
      ${!account.canEncrypt && html`<p class="hint">${t("noKey")}</p>`}
    </fieldset>
    <fieldset>
      <label class="switch">
        <span>${t("accountKind")}</span>
        <select
          value=${account.kind}
          onChange=${(event: Event) => set({ kind: (event.target as HTMLSelectElement).value })}
        >
          ${(
            [
              "personal",
              "unverified",
              "subscription",
              "unverified-service",
              "service",
              "sandbox",
            ] as const
          ).map((kind) => html`<option value=${kind}>${t(kind)}</option>`)}
        </select>
      </label>
    </fieldset>
    <fieldset class="delays">
      <${Delay} word="pushLatency" name="pushLatency" value=${settings.pushLatency} />
      <${Delay} word="latency" name="latency" value=${settings.latency} />
    </fieldset>
    <${Faults} faults=${settings.faults} />
    <fieldset>
      <label class="switch">
        <span>${t("pictures")}</span>
        <input
          type="checkbox"
          role="switch"
          checked=${pictures}
          onChange=${(event: Event) => choosePictures((event.target as HTMLInputElement).checked)}
        />
      </label>
      <label class="switch">
        <span>${t("language")}</span>
        <select
          value=${language}
          onChange=${(event: Event) =>
            chooseLanguage((event.target as HTMLSelectElement).value === "zh" ? "zh" : "en")}
        >
          <option value="zh">中文</option>
          <option value="en">English</option>
        </select>
      </label>
    </fieldset>
    <fieldset>
      <legend>${t("developer")}</legend>
      <dl class="pairs">
        <dt>AppID</dt>
        <dd>${account.appId}</dd>
        <dt>${t("originalId")}</dt>
        <dd>${account.id}</dd>
      </dl>
    </fieldset>
  </div>`;
}

function Delay({
  word,
  name,
  value,
}: {
  readonly word: Word;
  readonly name: "latency" | "pushLatency";
  readonly value: number;
}) {
  const [shown, show] = useState(value);
  useEffect(() => show(value), [value]);
  return html`<label class="delay">
    <span>${t(word)}</span>
    <input
      type="range"
      min="0"
      max="15000"
      step="100"
      value=${shown}
      onInput=${(event: Event) => show(Number((event.target as HTMLInputElement).value))}
      onChange=${(event: Event) => set({ [name]: Number((event.target as HTMLInputElement).value) })}
    />
    <output>${shown} ${t("ms")}</output>
  </label>`;
}

/** Calls that bots make often, and the codes with which they fail. */
const paths = ["*", "message/custom/send", "message/template/send", "token", "media/upload"];
const codes = ["40001", "42001", "45009", "45047", "45015", "48001", "-1"];

function Faults({ faults }: { readonly faults: SettingsView["faults"] }) {
  const [path, setPath] = useState("message/custom/send");
  const [kind, setKind] = useState<"errcode" | "status" | "hang">("errcode");
  const [code, setCode] = useState("45047");
  const [times, setTimes] = useState("");
  const plan = (event: Event) => {
    event.preventDefault();
    const fault = kind === "hang" ? { hang: true } : { [kind]: Number(code) };
    void set({ plan: { path, ...fault, ...(times === "" ? {} : { times: Number(times) }) } });
  };
  const field = (setter: (value: string) => void) => (event: Event) =>
    setter((event.target as HTMLInputElement).value);
  return html`<fieldset>
    <legend>${t("faults")}</legend>
    <p class="hint">${t("faultsHint")}</p>
    <ul class="faults">
      ${faults.map(
        ({ path: of, fault, left }) => html`<li key=${of}>
          <code>${of}</code>
          <b>${faultText(fault)}</b>
          <span>${left === null ? t("always") : t("left", left)}</span>
          <button type="button" class="chip" onClick=${() => set({ clear: of })}>
            ${t("remove")}
          </button>
        </li>`,
      )}
    </ul>
    <form class="fault-form" onSubmit=${plan}>
      <label class="field field-long">
        <span>${t("path")}</span>
        <input list="paths" required value=${path} onInput=${field(setPath)} />
      </label>
      <label class="field">
        <span>${t("kind")}</span>
        <select
          value=${kind}
          onChange=${(event: Event) => {
            const chosen = (event.target as HTMLSelectElement).value as typeof kind;
            setKind(chosen);
            setCode(chosen === "status" ? "502" : "45047");
          }}
        >
          ${(["errcode", "status", "hang"] as const).map(
            (one) => html`<option value=${one}>${t(one)}</option>`,
          )}
        </select>
      </label>
      ${
        kind !== "hang" &&
        html`<label class="field field-short">
          <span>${t(kind)}</span>
          <input
            list=${kind === "errcode" ? "codes" : undefined}
            inputmode="numeric"
            pattern="-?[0-9]+"
            required
            value=${code}
            onInput=${field(setCode)}
          />
        </label>`
      }
      <label class="field field-short">
        <span>${t("times")}</span>
        <input type="number" min="1" placeholder=${t("always")} value=${times} onInput=${field(setTimes)} />
      </label>
      <button type="submit" class="main">${t("plan")}</button>
      <datalist id="paths">${paths.map((one) => html`<option value=${one} />`)}</datalist>
      <datalist id="codes">${codes.map((one) => html`<option value=${one} />`)}</datalist>
    </form>
  </fieldset>`;
}

function faultText(fault: SettingsView["faults"][number]["fault"]): string {
  if ("errcode" in fault) return `errcode ${fault.errcode}`;
  return "status" in fault ? `HTTP ${fault.status}` : t("hang");
}
