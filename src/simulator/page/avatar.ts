import { html } from "htm/preact";
import { pictureAddress } from "./picture.js";
import { usePage } from "./store.js";

const colours = ["#5b8ff9", "#f08a5d", "#7a6ff0", "#2fb7a8", "#e86a92", "#c79a3b", "#4ea1d3"];

/** The square picture of a user; their initial on a colour when there is none. */
export function Avatar({ name, picture }: { readonly name: string; readonly picture?: string }) {
  const { pictures } = usePage();
  const address = picture === undefined ? undefined : pictureAddress(picture, pictures);
  if (address !== undefined) return html`<img class="avatar" src=${address} alt="" />`;
  const sum = [...name].reduce((total, one) => total + (one.codePointAt(0) ?? 0), 0);
  const initial = [...name][0]?.toUpperCase() ?? "?";
  return html`<span
    class="avatar"
    aria-hidden="true"
    style=${{ background: colours[sum % colours.length] }}
    >${initial}</span
  >`;
}

/** The picture of the account. */
export function AccountAvatar() {
  return html`<span class="avatar avatar-account" aria-hidden="true">
    <svg viewBox="0 0 32 32"><path d="M16 8c-5.5 0-10 3.5-10 7.9 0 2.5 1.5 4.7 3.8 6.2l-.9 2.9 3.4-1.7c1.1.3 2.4.5 3.7.5 5.5 0 10-3.5 10-7.9S21.5 8 16 8z" /></svg>
  </span>`;
}
