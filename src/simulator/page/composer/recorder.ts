import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { notify, t } from "../store.js";

/** A recording that is going on. */
interface Recording {
  stop(): Promise<Blob>;
}

/** Records from the microphone; undefined, after saying so, when there is none. */
export async function startRecording(): Promise<Recording | undefined> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const recorder = new MediaRecorder(stream);
    const parts: Blob[] = [];
    recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
    recorder.start();
    return {
      async stop() {
        if (recorder.state !== "inactive") recorder.stop();
        await stopped;
        for (const track of stream.getTracks()) track.stop();
        return new Blob(parts, { type: recorder.mimeType.split(";")[0] || "audio/webm" });
      },
    };
  } catch {
    notify(t("noMicrophone"));
    return undefined;
  }
}

/** The bar that records as long as it is held, by finger, mouse or the space bar. */
export function HoldToTalk({ onRecorded }: { onRecorded(voice?: Blob): void }) {
  const [held, hold] = useState(false);
  const running = useRef<Promise<Recording | undefined> | undefined>(undefined);
  const begin = () => {
    if (running.current !== undefined) return;
    hold(true);
    running.current = startRecording();
  };
  const end = async () => {
    const started = running.current;
    if (started === undefined) return;
    running.current = undefined;
    hold(false);
    const recording = await started;
    onRecorded(await recording?.stop());
  };
  useEffect(
    () => () => {
      void running.current?.then((recording) => recording?.stop());
    },
    [],
  );
  const isKey = (event: KeyboardEvent) => event.key === " " || event.key === "Enter";
  return html`<button
    type="button"
    class="hold"
    aria-pressed=${held}
    onPointerDown=${(event: PointerEvent) => {
      (event.target as Element).setPointerCapture(event.pointerId);
      begin();
    }}
    onPointerUp=${end}
    onPointerCancel=${end}
    onKeyDown=${(event: KeyboardEvent) => isKey(event) && begin()}
    onKeyUp=${(event: KeyboardEvent) => isKey(event) && end()}
    onContextMenu=${(event: Event) => event.preventDefault()}
  >
    ${t(held ? "release" : "hold")}
  </button>`;
}
