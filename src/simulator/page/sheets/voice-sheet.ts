import { html } from "htm/preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { startRecording } from "../composer/recorder.js";
import { Icon } from "../icons.js";
import { act, t, upload } from "../store.js";

/** What is sent when only the recognised text matters: a file of AMR without a sound. */
const silence = new Blob(["#!AMR\n"], { type: "audio/amr" });

/** Asks for a voice, recorded or from a file, and for what WeChat recognises in it. */
export function VoiceSheet({
  recording,
  onClose,
}: {
  readonly recording: Blob | undefined;
  onClose(): void;
}) {
  const [voice, setVoice] = useState(recording);
  const [recognition, setRecognition] = useState("");
  const [running, setRunning] = useState<{ stop(): Promise<Blob> } | undefined>(undefined);
  const file = useRef<HTMLInputElement>(null);
  const isEmpty = voice === undefined && recognition.trim() === "";
  const address = useMemo(() => voice && URL.createObjectURL(voice), [voice]);
  useEffect(() => () => URL.revokeObjectURL(address ?? ""), [address]);
  useEffect(() => () => void running?.stop(), [running]);
  const toggle = async () => {
    if (running === undefined) return setRunning(await startRecording());
    setVoice(await running.stop());
    setRunning(undefined);
  };
  const send = async (event: Event) => {
    event.preventDefault();
    if (isEmpty) return;
    onClose();
    const spoken = voice ?? silence;
    const mediaId = await upload("voice", spoken, spoken instanceof File ? spoken.name : "voice");
    if (mediaId === undefined) return;
    const format = formatOf(spoken);
    await act(
      recognition === ""
        ? { act: "voice", mediaId, format }
        : { act: "voice", mediaId, format, recognition },
    );
  };
  return html`<form onSubmit=${send}>
    <div class="voice-sources">
      <button type="button" class="chip" aria-pressed=${running !== undefined} onClick=${toggle}>
        <${Icon} name="microphone" /> ${t(running === undefined ? "record" : "stop")}
      </button>
      <button type="button" class="chip" onClick=${() => file.current?.click()}>
        ${t("chooseFile")}
      </button>
      <input
        ref=${file}
        class="file"
        type="file"
        name="voice"
        accept="audio/*,.amr,.speex"
        tabindex="-1"
        aria-hidden="true"
        onChange=${(event: Event) => setVoice((event.target as HTMLInputElement).files?.[0])}
      />
    </div>
    ${address !== undefined && html`<audio class="voice-preview" src=${address} controls></audio>`}
    <label class="field">
      <span>${t("recognition")}</span>
      <input
        value=${recognition}
        onInput=${(event: Event) => setRecognition((event.target as HTMLInputElement).value)}
      />
    </label>
    <p class="hint">${t("recognitionHint")}</p>
    <div class="sheet-buttons">
      <button type="button" class="second" onClick=${onClose}>${t("cancel")}</button>
      <button type="submit" class="main" disabled=${isEmpty}>${t("send")}</button>
    </div>
  </form>`;
}

/** What the push says of the file: honestly what it is, not always the usual amr. */
function formatOf(voice: Blob): string {
  const extension = voice instanceof File ? /\.(\w{1,8})$/.exec(voice.name)?.[1] : undefined;
  return (extension ?? voice.type.split("/")[1] ?? "amr").replace("mpeg", "mp3").toLowerCase();
}
