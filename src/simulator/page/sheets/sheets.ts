import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { PushFields } from "../../pushes/push.js";
import type { SimulatedButton } from "../../world/menu.js";
import { useFocusBack } from "../focus.js";
import { act, t } from "../store.js";
import type { Word } from "../words.js";
import { VoiceSheet } from "./voice-sheet.js";

/** What needs more than a tap to be sent. */
export type SheetName = "location" | "link" | "scan" | "voiceMessage" | "scanResult";

/** A sheet that comes up from below and asks for what is to be sent. */
export function Sheet({
  name,
  recording,
  button,
  onClose,
}: {
  readonly name: SheetName;
  readonly recording?: Blob | undefined;
  /** The button of the account's menu that has opened it. */
  readonly button?: SimulatedButton | undefined;
  onClose(): void;
}) {
  const forms = {
    location: LocationForm,
    link: LinkForm,
    scan: ScanForm,
    scanResult: ScanResultForm,
  };
  return html`<${Cover} title=${t(name)} onClose=${onClose}>
    ${
      name === "voiceMessage"
        ? html`<${VoiceSheet} recording=${recording} onClose=${onClose} />`
        : html`<${forms[name]} button=${button} onClose=${onClose} />`
    }
  <//>`;
}

const focusable = "input:not([tabindex='-1']), textarea, button:not(:disabled)";

/** What comes up from below, over all of the phone, until it is closed. */
export function Cover({
  title,
  children,
  onClose,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
  onClose(): void;
}) {
  const sheet = useRef<HTMLDivElement>(null);
  useFocusBack();
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      // What lies below the sheet stays as it is.
      event.stopPropagation();
      onClose();
    }
    if (event.key !== "Tab") return;
    // The sheet is all there is until it is closed.
    const fields = sheet.current?.querySelectorAll<HTMLElement>(focusable) ?? [];
    const [first, last] = [fields[0], fields[fields.length - 1]];
    const edge = event.shiftKey ? first : last;
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  };
  useEffect(() => {
    sheet.current?.querySelector<HTMLElement>(focusable)?.focus();
  }, []);
  return html`<div
    class="cover-all"
    onClick=${(event: MouseEvent) => event.target === event.currentTarget && onClose()}
    onKeyDown=${keyDown}
  >
    <div class="sheet" role="dialog" aria-modal="true" aria-label=${title} ref=${sheet}>
      <h2>${title}</h2>
      ${children}
    </div>
  </div>`;
}

interface FormProps {
  readonly button?: SimulatedButton | undefined;
  onClose(): void;
}

/** Some places to begin with. */
export const places = [
  ["广州 T.I.T 创意园", 23.09685, 113.3245],
  ["北京 天安门", 39.90872, 116.39748],
  ["上海 外滩", 31.23959, 121.49968],
] as const;

/** Name, latitude, longitude. */
export type PlaceText = readonly [string, string, string];

function LocationForm({ button, onClose }: FormProps) {
  const [place, setPlace] = useState<PlaceText>(placeText(places[0]));
  const [label, latitude, longitude] = place;
  const send = async () => {
    // A button of the menu tells the place twice: as its event, and as a message.
    if (button !== undefined) {
      await pushOf(button, {
        SendLocationInfo: {
          Location_X: latitude,
          Location_Y: longitude,
          Scale: "16",
          Label: label,
          Poiname: "",
        },
      });
    }
    await act({
      act: "location",
      latitude: Number(latitude),
      longitude: Number(longitude),
      label,
    });
  };
  return html`<${Form} onSend=${send} onClose=${onClose}>
    <${PlaceFields} place=${place} onPlace=${setPlace} />
  <//>`;
}

/** Asks for a place. */
export function PlaceFields({
  place,
  onPlace,
}: {
  readonly place: PlaceText;
  onPlace(place: PlaceText): void;
}) {
  const [label, latitude, longitude] = place;
  return html`<div class="choices">
      ${places.map(
        (one) => html`<button
          type="button"
          class="chip"
          aria-pressed=${label === one[0]}
          onClick=${() => onPlace(placeText(one))}
        >
          ${one[0]}
        </button>`,
      )}
    </div>
    <${Field} word="label" value=${label} onValue=${(text: string) => onPlace([text, latitude, longitude])} />
    <div class="pair">
      <${Field}
        word="latitude"
        value=${latitude}
        onValue=${(text: string) => onPlace([label, text, longitude])}
        number=${90}
      />
      <${Field}
        word="longitude"
        value=${longitude}
        onValue=${(text: string) => onPlace([label, latitude, text])}
        number=${180}
      />
    </div>`;
}

export function placeText([name, north, east]: (typeof places)[number]): PlaceText {
  return [name, String(north), String(east)];
}

function LinkForm({ onClose }: FormProps) {
  const [title, setTitle] = useState("");
  const [description, setDescription] = useState("");
  const [url, setUrl] = useState("https://");
  const send = () => act({ act: "link", title, description, url });
  return html`<${Form} onSend=${send} onClose=${onClose}>
    <${Field} word="linkTitle" value=${title} onValue=${setTitle} required />
    <${Field} word="description" value=${description} onValue=${setDescription} />
    <${Field} word="url" value=${url} onValue=${setUrl} required />
  <//>`;
}

function ScanForm({ onClose }: FormProps) {
  const [scene, setScene] = useState("");
  return html`<${Form} onSend=${() => act({ act: "scan", scene })} onClose=${onClose}>
    <${Field} word="scene" value=${scene} onValue=${setScene} required />
    <p class="hint">${t("sceneHint")}</p>
  <//>`;
}

function ScanResultForm({ button, onClose }: FormProps) {
  const [result, setResult] = useState("https://");
  const send = () => pushOf(button, { ScanCodeInfo: { ScanType: "qrcode", ScanResult: result } });
  return html`<${Form} onSend=${send} onClose=${onClose}>
    <${Field} word="scanResult" value=${result} onValue=${setResult} required />
  <//>`;
}

/** Tells the account what a button of its menu has brought. */
export function pushOf(button: SimulatedButton | undefined, fields: PushFields): Promise<boolean> {
  const { type, key = "" } = button ?? {};
  return act({ act: "push", fields: { MsgType: "event", Event: type, EventKey: key, ...fields } });
}

/** Fields, and whether what stands in them is sent. */
export function Form({
  children,
  onSend,
  onClose,
  onCancel = onClose,
}: {
  readonly children: ComponentChildren;
  onSend(): Promise<unknown>;
  onClose(): void;
  onCancel?(): void;
}) {
  const submit = (event: Event) => {
    event.preventDefault();
    onClose();
    void onSend();
  };
  return html`<form onSubmit=${submit}>
    ${children}
    <div class="sheet-buttons">
      <button type="button" class="second" onClick=${onCancel}>${t("cancel")}</button>
      <button type="submit" class="main">${t("send")}</button>
    </div>
  </form>`;
}

/** A labelled field. With `number`, it takes numbers from minus that to that. */
export function Field({
  word,
  value,
  required = false,
  number,
  onValue,
}: {
  readonly word: Word;
  readonly value: string;
  readonly required?: boolean;
  readonly number?: number;
  onValue(value: string): void;
}) {
  return html`<label class="field">
    <span>${t(word)}</span>
    <input
      type=${number === undefined ? "text" : "number"}
      step="any"
      min=${number === undefined ? undefined : -number}
      max=${number}
      required=${required || number !== undefined}
      value=${value}
      onInput=${(event: Event) => onValue((event.target as HTMLInputElement).value)}
    />
  </label>`;
}
