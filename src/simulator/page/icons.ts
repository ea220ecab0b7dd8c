import { html } from "htm/preact";

/** Drawings on a ground of 24 by 24, in lines of the colour of the text. */
const drawings = {
  keyboard: [
    "M3.5 6.5h17v11h-17z",
    "M7 10h.01M10.3 10h.01M13.7 10h.01M17 10h.01M7 12.8h.01M17 12.8h.01M9.5 14.8h5",
  ],
  lines: ["M5 7.5h14M5 12h14M5 16.5h14"],
  voice: ["M7 9.5a4 4 0 0 1 0 5", "M10.5 7a7.5 7.5 0 0 1 0 10", "M14 4.5a11 11 0 0 1 0 15"],
  smile: [
    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
    "M8.3 14.2c.9 1.4 2.2 2.1 3.7 2.1s2.8-.7 3.7-2.1",
    "M9 9.6h.01M15 9.6h.01",
  ],
  plus: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M12 8v8M8 12h8"],
  add: ["M12 5v14M5 12h14"],
  person: ["M12 12.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M4.5 20c.6-3.3 3.6-5 7.5-5s6.9 1.7 7.5 5"],
  back: ["M14.5 5 8 12l6.5 7"],
  next: ["m9.5 5 6.5 7-6.5 7"],
  close: ["m6 6 12 12M18 6 6 18"],
  image: ["M3.5 5h17v14h-17z", "m4 17 5-5.5 3.5 3.5 3-3L20 16.5", "M15.8 8.8h.01"],
  video: ["M3.5 6.5h12v11h-12z", "m15.5 11 5-3v8l-5-3"],
  location: [
    "M12 21c4-4.6 6.5-7.7 6.5-11a6.5 6.5 0 0 0-13 0c0 3.3 2.5 6.4 6.5 11z",
    "M12 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z",
  ],
  link: [
    "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1",
    "M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1",
  ],
  scan: ["M4 8.5V4h4.5M15.5 4H20v4.5M20 15.5V20h-4.5M8.5 20H4v-4.5", "M4 12h16"],
  microphone: [
    "M12 3.5a3 3 0 0 0-3 3V11a3 3 0 0 0 6 0V6.5a3 3 0 0 0-3-3z",
    "M5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21",
  ],
  play: ["M8 5.5v13l10.5-6.5z"],
  pause: ["M8.5 6v12M15.5 6v12"],
  music: [
    "M9 18V6l10-2v11.5",
    "M6.5 20.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM16.5 18a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  ],
  reload: ["M19 12a7 7 0 1 1-2.1-5", "M19.5 3.5V8H15"],
  outside: ["M13.5 4.5h6v6M19.5 4.5l-8.5 8.5M10 6H5v13.5h13.5V14"],
  compose: ["M4.5 19.5v-4L15.5 4.5l4 4-11 11z", "m13 7 4 4"],
  copy: ["M8.5 8.5h11v11h-11z", "M15.5 8.5v-4h-11v11h4"],
  more: ["M6 12h.01M12 12h.01M18 12h.01"],
} as const;

export type IconName = keyof typeof drawings;

/** A drawing beside or instead of a word; who cannot see it is told by the button's label. */
export function Icon({ name }: { readonly name: IconName }) {
  return html`<svg class="icon icon-${name}" viewBox="0 0 24 24" aria-hidden="true">
    ${drawings[name].map((path) => html`<path d=${path} />`)}
  </svg>`;
}
