import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Avatar } from "./avatar.js";
import { useArrows, useFocusBack } from "./focus.js";
import { Icon } from "./icons.js";
import { Inspector } from "./inspector/inspector.js";
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
      <h1 class="brand"><b>koa-wx</b> <span>${t("title")}</span></h1>
      <${People} />
      <div class="halves">${halves}</div>
      <button
        type="button"
        class="language"
        lang=${language === "zh" ? "en" : "zh-CN"}
        aria-label=${language === "zh" ? "EN · English" : "中文"}
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
  const [adding, setAdding] = useState(false);
  const arrows = useArrows<HTMLElement>(".person");
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
  return html`<nav class="people" aria-label=${t("users")} ...${arrows}>
    ${chips}
    ${
      !adding
        ? html`<button
            type="button"
            class="person person-add"
            aria-label=${t("addUser")}
            title=${t("addUser")}
            onClick=${() => setAdding(true)}
          >
            <${Icon} name="add" />
          </button>`
        : html`<${NewPerson} onClose=${() => setAdding(false)} />`
    }
  </nav>`;
}

function NewPerson({ onClose }: { onClose(): void }) {
  const [name, setName] = useState("");
  useFocusBack(".person-add");
  const add = (event: Event) => {
    event.preventDefault();
    if (name.trim() !== "") void addPerson(name.trim());
    onClose();
  };
  return html`<form class="person-new" onSubmit=${add}>
    <input
      autofocus
      ref=${(input: HTMLInputElement | null) => input?.focus()}
      aria-label=${t("userName")}
      placeholder=${t("userName")}
      maxlength="32"
      value=${name}
      onInput=${(event: Event) => setName((event.target as HTMLInputElement).value)}
      onKeyDown=${(event: KeyboardEvent) => event.key === "Escape" && onClose()}
    />
    <button type="submit">${t("add")}</button>
  </form>`;
}
