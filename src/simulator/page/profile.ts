import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { AccountAvatar } from "./avatar.js";
import { useFocusBack } from "./focus.js";
import { Icon } from "./icons.js";
import { act, t, usePage } from "./store.js";

/** What the phone tells of the account: who it is, whether the user follows it, and its QR codes. */
export function Profile({ onClose }: { onClose(): void }) {
  const { settings, people, user } = usePage();
  const [scene, setScene] = useState("");
  const back = useRef<HTMLButtonElement>(null);
  useFocusBack();
  useEffect(() => back.current?.focus(), []);
  const following = people.find(({ name }) => name === user)?.following === true;
  const scan = async (event: Event) => {
    event.preventDefault();
    if (scene === "") return;
    onClose();
    await act({ act: "scan", scene });
  };
  return html`<div
    class="profile"
    role="dialog"
    aria-label=${t("account")}
    onKeyDown=${(event: KeyboardEvent) => event.key === "Escape" && onClose()}
  >
    <div class="titlebar">
      <button type="button" class="plain" ref=${back} aria-label=${t("back")} onClick=${onClose}>
        <${Icon} name="back" />
      </button>
    </div>
    <div class="profile-head">
      <${AccountAvatar} />
      <div>
        <h2>${settings?.account.name}</h2>
        <p>${t("originalId")} ${settings?.account.id}</p>
      </div>
    </div>
    <div class="profile-buttons">
      ${
        following
          ? html`<button type="button" class="row row-green" onClick=${onClose}>
                ${t("enter")}
              </button>
              <button
                type="button"
                class="row row-red"
                onClick=${() => {
                  onClose();
                  void act({ act: "unfollow" });
                }}
              >
                ${t("unfollow")}
              </button>`
          : html`<button
              type="button"
              class="row row-green"
              onClick=${() => {
                onClose();
                void act({ act: "follow" });
              }}
            >
              ${t("follow")}
            </button>`
      }
    </div>
    <form class="profile-scan" onSubmit=${scan}>
      <label>
        <span>${t("scene")}</span>
        <input
          value=${scene}
          maxlength="64"
          placeholder="spring-2026"
          onInput=${(event: Event) => setScene((event.target as HTMLInputElement).value)}
        />
      </label>
      <button type="submit" class="main" disabled=${scene === ""}>
        <${Icon} name="scan" /> ${t("scan")}
      </button>
      <p>${t("sceneHint")}</p>
    </form>
  </div>`;
}
