import { html } from "htm/preact";
import { useState } from "preact/hooks";
import {
  Cover,
  Field,
  Form,
  PlaceFields,
  type PlaceText,
  places,
  placeText,
} from "../sheets/sheets.js";
import { t } from "../store.js";
import type { Answer, Question } from "./answers.js";
import type { Asked } from "./apis.js";

/** A question of a page that the user answers. */
export interface OpenQuestion {
  readonly asked: Asked;
  readonly what: Question;
  answer(answer: Answer, files?: readonly Blob[]): void;
}

const titles = {
  scanQRCode: "scan",
  getLocation: "location",
  chooseImage: "image",
} as const;

/** A sheet over the page that asks the user on its behalf. */
export function QuestionSheet({ question }: { readonly question: OpenQuestion }) {
  const { what, answer } = question;
  const forms = { scanQRCode: ScanForm, getLocation: PlaceForm, chooseImage: ImageForm };
  return html`<${Cover} title=${t(titles[what])} onClose=${() => answer({ outcome: "cancel" })}>
    <${forms[what]} question=${question} />
  <//>`;
}

interface QuestionProps {
  readonly question: OpenQuestion;
}

function ScanForm({ question: { asked, answer } }: QuestionProps) {
  const [result, setResult] = useState("https://example.com/");
  const send = async () =>
    // Without needResult, WeChat itself opens what was scanned.
    answer({
      outcome: "ok",
      data: Number(asked.options.needResult) === 1 ? { resultStr: result } : {},
    });
  return html`<${Form} onSend=${send} onClose=${() => undefined} onCancel=${() => answer({ outcome: "cancel" })}>
    <${Field} word="scanResult" value=${result} onValue=${setResult} required />
  <//>`;
}

function PlaceForm({ question: { answer } }: QuestionProps) {
  const [place, setPlace] = useState<PlaceText>(placeText(places[0]));
  const [, latitude, longitude] = place;
  const send = async () =>
    answer({
      outcome: "ok",
      data: { latitude: Number(latitude), longitude: Number(longitude), speed: 0, accuracy: 30 },
    });
  return html`<${Form} onSend=${send} onClose=${() => undefined} onCancel=${() => answer({ outcome: "cancel" })}>
    <${PlaceFields} place=${place} onPlace=${setPlace} />
  <//>`;
}

function ImageForm({ question: { asked, answer } }: QuestionProps) {
  const [files, setFiles] = useState<readonly Blob[]>([]);
  const most = Math.min(9, Math.max(1, Number(asked.options.count) || 9));
  const send = async () =>
    answer({ outcome: "ok" }, (files.length > 0 ? files : [await samplePicture()]).slice(0, most));
  return html`<${Form} onSend=${send} onClose=${() => undefined} onCancel=${() => answer({ outcome: "cancel" })}>
    <label class="field">
      <span>${t("chooseFile")}</span>
      <input
        type="file"
        name="jssdk-image"
        accept="image/*"
        multiple=${most > 1}
        onChange=${(event: Event) => setFiles([...((event.target as HTMLInputElement).files ?? [])])}
      />
    </label>
    <p class="hint">${t("sampleHint")}</p>
  <//>`;
}

/** A picture for whoever has none at hand. */
function samplePicture(): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = 320;
  canvas.height = 240;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.fillStyle = "#07c160";
  context.fillRect(0, 0, 320, 240);
  context.fillStyle = "#fff";
  context.font = "48px sans-serif";
  context.fillText("koa-wx", 84, 136);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob as Blob), "image/png"));
}
