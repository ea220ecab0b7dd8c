import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { Browser } from "./browser.js";
import { Chat } from "./chat/chat.js";
import { type Viewed, Viewer } from "./chat/viewer.js";
import { Composer } from "./composer/composer.js";
import { Icon } from "./icons.js";
import { Profile } from "./profile.js";
import { ComposeSheet } from "./sheets/compose.js";
import { MiniProgramSheet } from "./sheets/mini-program.js";
import { act, t, usePage } from "./store.js";

/** The phone: the chat with the account, and what opens over it. */
export function Phone() {
  const { settings, people, user, address, frame, miniProgram, composed, connected } = usePage();
  const [profile, showProfile] = useState(false);
  const [viewed, view] = useState<Viewed | undefined>(undefined);
  const person = people.find(({ name }) => name === user);
  useEffect(() => {
    showProfile(false);
    view(undefined);
  }, [user]);
  if (settings === undefined || person === undefined) return null;
  return html`<section class="phone" aria-label=${t("phone")}>
    <div class="screen">
      <${StatusBar} />
      <div class="titlebar">
        <h2>${person.typing ? t("typing") : settings.account.name}</h2>
        <button
          type="button"
          class="plain titlebar-right"
          aria-label=${t("account")}
          onClick=${() => showProfile(true)}
        >
          <${Icon} name="person" />
        </button>
      </div>
      ${!connected && html`<p class="offline" role="alert">${t("retry")}</p>`}
      <${Chat} onView=${view} />
      ${
        person.following
          ? html`<${Composer} key=${user} />`
          : html`<div class="composer composer-follow">
              <button type="button" class="main" onClick=${() => act({ act: "follow" })}>
                ${t("follow")}
              </button>
              <button
                type="button"
                class="plain"
                aria-label=${t("scan")}
                onClick=${() => showProfile(true)}
              >
                <${Icon} name="scan" />
              </button>
            </div>`
      }
      ${profile && html`<${Profile} onClose=${() => showProfile(false)} />`}
      ${address !== undefined && html`<${Browser} address=${address} frame=${frame} />`}
      ${miniProgram !== undefined && html`<${MiniProgramSheet} program=${miniProgram} />`}
      ${composed !== undefined && html`<${ComposeSheet} begun=${composed} />`}
      ${viewed !== undefined && html`<${Viewer} viewed=${viewed} onClose=${() => view(undefined)} />`}
    </div>
  </section>`;
}

function StatusBar() {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 10_000);
    return () => clearInterval(timer);
  }, []);
  const time = `${now.getHours()}:${String(now.getMinutes()).padStart(2, "0")}`;
  return html`<div class="statusbar" aria-hidden="true">
    <span>${time}</span>
    <svg viewBox="0 0 66 14">
      <path d="M0 9h3v4H0zM4.5 6.5h3V13h-3zM9 4h3v9H9zM13.5 1h3v12h-3z" />
      <path
        d="M29 3.2c2.4 0 4.6.9 6.3 2.5l1.2-1.3A10.9 10.9 0 0 0 29 1.4c-2.9 0-5.5 1.1-7.5 3l1.2 1.3A9.1 9.1 0 0 1 29 3.2zm0 4c1.3 0 2.5.5 3.4 1.3l1.3-1.3A6.8 6.8 0 0 0 29 5.3c-1.8 0-3.4.7-4.7 1.9l1.3 1.3c.9-.8 2.1-1.3 3.4-1.3zm0 3.8-2 2 2 1.6 2-1.6z"
      />
      <rect x="42.5" y="1.5" width="20" height="11" rx="3" class="battery" />
      <rect x="44" y="3" width="15" height="8" rx="1.8" />
      <path d="M64 5v4c.9-.3 1.5-1.1 1.5-2S64.9 5.3 64 5z" />
    </svg>
  </div>`;
}
