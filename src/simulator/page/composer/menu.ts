import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { SimulatedButton } from "../../world/menu.js";
import { useArrows } from "../focus.js";
import { Icon } from "../icons.js";
import { pushOf, type SheetName } from "../sheets/sheets.js";
import { act, change, notify, open, t, upload } from "../store.js";

/** The account's menu (自定义菜单), with its sub-menus. */
export function MenuBar({
  menu,
  onKeyboard,
  onSheet,
}: {
  readonly menu: readonly SimulatedButton[];
  onKeyboard(): void;
  onSheet(name: SheetName, button: SimulatedButton): void;
}) {
  const [opened, setOpened] = useState<number | undefined>(undefined);
  const bar = useRef<HTMLDivElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const [tapped, setTapped] = useState<SimulatedButton | undefined>(undefined);
  useEffect(() => {
    const away = (event: Event) => {
      if (!bar.current?.contains(event.target as Node)) setOpened(undefined);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  const tap = (button: SimulatedButton) => {
    setOpened(undefined);
    setTapped(button);
    if (button.type?.startsWith("pic_")) camera.current?.click();
    else if (button.type === "location_select") onSheet("location", button);
    else if (button.type?.startsWith("scancode_")) onSheet("scanResult", button);
    else tapButton(button);
  };
  const sendPictures = async (event: Event) => {
    const field = event.target as HTMLInputElement;
    const files = [...(field.files ?? [])];
    field.value = "";
    if (tapped === undefined || files.length === 0) return;
    const item = files.map((_, index) => ({ PicMd5Sum: String(index).padStart(32, "0") }));
    await pushOf(tapped, { SendPicsInfo: { Count: files.length, PicList: { item } } });
    for (const file of files) {
      const mediaId = await upload("image", file, file.name);
      if (mediaId !== undefined) await act({ act: "image", mediaId });
    }
  };
  const arrows = useArrows<HTMLDivElement>("[role=menuitem]");
  const leave = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || opened === undefined) return;
    // The button that has opened the sub-menu stays; what is inside of it goes.
    (document.activeElement as HTMLElement | null)
      ?.closest(".menu-item")
      ?.querySelector<HTMLElement>("[role=menuitem]")
      ?.focus();
    setOpened(undefined);
  };
  return html`<div class="composer menu" ref=${bar} onKeyDown=${leave}>
    <button
      type="button"
      class="plain menu-keyboard"
      aria-label=${t("keyboard")}
      title=${t("keyboard")}
      onClick=${onKeyboard}
    >
      <${Icon} name="keyboard" />
    </button>
    <div class="menu-items" role="menubar" aria-label=${t("menu")} ...${arrows}>
    ${menu.map((button, index) => {
      const inside = button.sub_button ?? [];
      const isOpen = opened === index;
      return html`<div class="menu-item" role="none" key=${index}>
        <button
          type="button"
          class="plain"
          role="menuitem"
          aria-haspopup=${inside.length > 0 ? "menu" : undefined}
          aria-expanded=${inside.length > 0 ? isOpen : undefined}
          onClick=${() => (inside.length === 0 ? tap(button) : setOpened(isOpen ? undefined : index))}
        >
          ${inside.length > 0 && html`<${Icon} name="lines" />`}${button.name}
        </button>
        ${
          isOpen &&
          html`<div class="menu-sub" role="menu" aria-label=${button.name}>
            ${inside.map(
              (sub) => html`<button
                type="button"
                class="plain"
                role="menuitem"
                onClick=${() => tap(sub)}
              >
                ${sub.name}
              </button>`,
            )}
          </div>`
        }
      </div>`;
    })}
    </div>
    <input
      ref=${camera}
      class="file"
      type="file"
      accept="image/*"
      multiple
      tabindex="-1"
      aria-hidden="true"
      onChange=${sendPictures}
    />
  </div>`;
}

function tapButton(button: SimulatedButton): void {
  const { type, key = "", url = "", media_id = "" } = button;
  switch (type) {
    case "click":
      void act({ act: "click", key });
      return;
    case "view":
      void act({ act: "view", url });
      void open(url);
      return;
    case "media_id":
      void act({ act: "media", mediaId: media_id });
      return;
    case "miniprogram":
      void act({ act: "miniprogram", path: button.pagepath ?? "" });
      change({
        miniProgram: {
          title: button.name,
          appId: button.appid ?? "",
          path: button.pagepath ?? "",
        },
      });
      return;
    default:
      notify(`${t("event")} · ${type ?? ""}`);
  }
}
