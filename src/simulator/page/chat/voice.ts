import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Content } from "../../world/chat.js";
import { Icon } from "../icons.js";
import { mediaAddress } from "../picture.js";
import { t } from "../store.js";

/** A voice message: as wide as it is long, played by a tap, its recognised text below. */
export function VoiceBubble({
  content,
}: {
  readonly content: Extract<Content, { type: "voice" }>;
}) {
  const { mediaId, recognition } = content;
  const audio = useRef<HTMLAudioElement>(null);
  const [seconds, setSeconds] = useState(0);
  const [playing, play] = useState(false);
  useEffect(() => () => audio.current?.pause(), []);
  const measure = () => {
    const element = audio.current as HTMLAudioElement;
    if (Number.isFinite(element.duration)) {
      setSeconds(Math.max(1, Math.round(element.duration)));
      if (element.currentTime > 1e6) element.currentTime = 0;
    } else {
      // A recording does not say how long it is; its end does.
      element.currentTime = 1e7;
    }
  };
  const toggle = () => {
    const element = audio.current as HTMLAudioElement;
    if (playing) element.pause();
    else {
      element.currentTime = 0;
      element.play().catch(() => play(false));
    }
  };
  return html`<div class="voice">
    <button
      type="button"
      class="bubble voice-bubble"
      data-playing=${playing}
      style=${{ width: `${Math.min(220, 76 + seconds * 6)}px` }}
      aria-label=${`${t(playing ? "pause" : "play")} ${t("voiceMessage")} ${seconds}″`}
      onClick=${toggle}
    >
      <${Icon} name="voice" /><span>${seconds > 0 ? `${seconds}″` : ""}</span>
    </button>
    ${recognition !== undefined && html`<p class="voice-text">${recognition}</p>`}
    ${html`<audio
        ref=${audio}
        src=${mediaAddress(mediaId)}
        preload="metadata"
        onLoadedMetadata=${measure}
        onDurationChange=${measure}
        onPlay=${() => play(true)}
        onPause=${() => play(false)}
        onEnded=${() => play(false)}
      ></audio>`}
  </div>`;
}
