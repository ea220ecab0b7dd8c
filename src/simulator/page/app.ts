import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Avatar } from "./avatar.js";
import { Icon } from "./icons.js";
import { Inspector } from "./inspector.js";
import { Phone } from "./phone.js";
import { addPerson, change, chooseLanguage, switchTo, t, usePage } from "./store.js";

/** The page: the users above, the phone on the left, what goes over the wire on the right. */
export function App() {
  const { ready, half, records, notice, language } = usePage();
  if (!ready) return html`<div class="starting" role="status">${t("title")}</div>`;
  const halves = (["phone", "inspector"] as const).map(
    (name) => html`<button
      type="button"
      class="half"
      aria-pressed=${half === name}
      onClick=${() => change({ half: name })}
    >
      ${t(name)}${name === "inspector" && records.length > 0 && html`<i>${records.length}</i>`}
    </button>`,
  );
  return html`
    <header class="top">
      <strong class="brand"><b>koa-wx</b> <span>${t("title")}</span></strong>
      <${People} />
      <div class="halves">${halves}</div>
      <button
        type="button"
        class="language"
        lang=${language === "zh" ? "en" : "zh-CN"}
        aria-label=${language === "zh" ? "English" : "中文"}
        onClick=${() => chooseLanguage(language === "zh" ? "en" : "zh")}
      >
        ${language === "zh" ? "EN" : "中"}
      </button>
    </header>
    <main class="desk" data-half=${half}>
      <${Phone} />
      <${Inspector} />
    </main>
    <div class="notices" role="status">
      ${notice && html`<p class="notice" key=${notice.id}>${notice.text}</p>`}
    </div>
  `;
}

function People() {
  const { people, user, unread } = usePage();
  const [name, setName] = useState<string | undefined>(undefined);
  const add = (event: Event) => {
    event.preventDefault();
    if (name !== undefined && name.trim() !== "") void addPerson(name.trim());
    setName(undefined);
  };
  const chips = people.map(
    (person) => html`<button
      type="button"
      class="person"
      key=${person.name}
      aria-pressed=${person.name === user}
      title=${person.openid}
      onClick=${() => person.name !== user && switchTo(person.name)}
    >
      <${Avatar} name=${person.nickname} picture=${person.picture} />
      <span>${person.nickname}</span>
      ${(unread[person.name] ?? 0) > 0 && html`<i class="badge">${unread[person.name]}</i>`}
    </button>`,
  );
  return html`<nav class="people" aria-label=${t("users")}>
    ${chips}
    ${
      name === undefined
        ? html`<button
            type="button"
            class="person person-add"
            aria-label=${t("addUser")}
            title=${t("addUser")}
            onClick=${() => setName("")}
          >
            <${Icon} name="add" />
          </button>`
        : html`<form class="person-new" onSubmit=${add}>
            <input
              autofocus
              ref=${(input: HTMLInputElement | null) => input?.focus()}
              aria-label=${t("userName")}
              placeholder=${t("userName")}
              maxlength="32"
              value=${name}
              onInput=${(event: Event) => setName((event.target as HTMLInputElement).value)}
              onKeyDown=${(event: KeyboardEvent) => event.key === "Escape" && setName(undefined)}
            />
            <button type="submit">${t("add")}</button>
          </form>`
    }
  </nav>`;
}
