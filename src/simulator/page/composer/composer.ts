import { html } from "htm/preact";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { SimulatedButton } from "../../world/menu.js";
import { Icon, type IconName } from "../icons.js";
import { Sheet, type SheetName } from "../sheets/sheets.js";
import { act, t, upload, usePage } from "../store.js";
import { EmojiPanel } from "./emoji.js";
import { MenuBar } from "./menu.js";
import { MorePanel } from "./more.js";
import { HoldToTalk } from "./recorder.js";

/** Where the user writes: menu or keyboard, text or voice, emoji and everything else. */
export function Composer() {
  const { settings } = usePage();
  const menu = settings?.menu ?? [];
  const [keyboard, setKeyboard] = useState(false);
  const [talking, setTalking] = useState(false);
  const [text, setText] = useState("");
  const [panel, setPanel] = useState<"emoji" | "more" | undefined>(undefined);
  const [sheet, setSheet] = useState<SheetName | undefined>(undefined);
  const [recording, setRecording] = useState<Blob | undefined>(undefined);
  const [tapped, setTapped] = useState<SimulatedButton | undefined>(undefined);
  const input = useRef<HTMLTextAreaElement>(null);
  const whole = useRef<HTMLDivElement>(null);

  const send = async () => {
    if (text.trim() === "") return;
    setText("");
    input.current?.focus();
    if (!(await act({ act: "text", text }))) setText((now) => (now === "" ? text : now));
  };
  const insert = (emoji: string) => {
    const field = input.current;
    const at = field?.selectionEnd ?? text.length;
    setText(text.slice(0, at) + emoji + text.slice(at));
  };
  const erase = () => setText([...text].slice(0, -1).join(""));
  const openSheet = (name: SheetName, voice?: Blob) => {
    setPanel(undefined);
    setRecording(voice);
    setSheet(name);
  };

  if (menu.length > 0 && !keyboard) {
    return html`<${MenuBar}
        menu=${menu}
        onKeyboard=${() => setKeyboard(true)}
        onSheet=${(name: SheetName, button: SimulatedButton) => {
          setTapped(button);
          setSheet(name);
        }}
      />
      ${
        sheet &&
        html`<${Sheet} name=${sheet} button=${tapped} onClose=${() => setSheet(undefined)} />`
      }`;
  }
  return html`<div
    class="composer"
    ref=${whole}
    onKeyDown=${(event: KeyboardEvent) => {
      if (event.key !== "Escape" || panel === undefined) return;
      setPanel(undefined);
      whole.current?.querySelector<HTMLElement>("textarea, .hold")?.focus();
    }}
  >
    <div class="composer-bar">
      ${
        menu.length > 0 &&
        html`<span class="composer-menu">${button("lines", t("menu"), () => setKeyboard(false))}</span>`
      }
      ${button(talking ? "keyboard" : "voice", t(talking ? "keyboard" : "voice"), () => {
        setTalking(!talking);
        setPanel(undefined);
      })}
      ${
        talking
          ? html`<${HoldToTalk} onRecorded=${(voice?: Blob) => openSheet("voiceMessage", voice)} />`
          : html`<${MessageField} field=${input} text=${text} onText=${setText} onSend=${send} />`
      }
      ${button("smile", t("emoji"), () => {
        setTalking(false);
        setPanel(panel === "emoji" ? undefined : "emoji");
      })}
      ${
        text.trim() !== "" && !talking
          ? html`<button type="button" class="main composer-send" onClick=${send}>
              ${t("send")}
            </button>`
          : button("plus", t("more"), () => setPanel(panel === "more" ? undefined : "more"))
      }
    </div>
    ${panel === "emoji" && html`<${EmojiPanel} onPick=${insert} onErase=${erase} />`}
    ${panel === "more" && html`<${MorePanel} onSheet=${openSheet} />`}
    ${
      sheet &&
      html`<${Sheet} name=${sheet} recording=${recording} onClose=${() => setSheet(undefined)} />`
    }
  </div>`;
}

/** A button that is a drawing; its name is there for who hovers over it or cannot see it. */
function button(icon: IconName, label: string, onClick: () => void) {
  return html`<button type="button" class="plain" aria-label=${label} title=${label} onClick=${onClick}>
    <${Icon} name=${icon} />
  </button>`;
}

/** Where words are written: as high as they need, and pictures that are pasted are sent at once. */
function MessageField({
  field,
  text,
  onText,
  onSend,
}: {
  readonly field: RefObject<HTMLTextAreaElement>;
  readonly text: string;
  onText(text: string): void;
  onSend(): Promise<void>;
}) {
  useLayoutEffect(() => {
    if (field.current === null) return;
    field.current.style.height = "auto";
    field.current.style.height = `${Math.min(field.current.scrollHeight, 112)}px`;
  }, [field, text]);
  return html`<textarea
    ref=${field}
    rows="1"
    value=${text}
    aria-label=${t("message")}
    onInput=${(event: Event) => onText((event.target as HTMLTextAreaElement).value)}
    onPaste=${sendPasted}
    onKeyDown=${(event: KeyboardEvent) => {
      // Enter also ends the choice of a character, which sends nothing.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void onSend();
    }}
  ></textarea>`;
}

async function sendPasted(event: ClipboardEvent): Promise<void> {
  const files = [...(event.clipboardData?.files ?? [])];
  const file = files.find(({ type }) => type.startsWith("image/"));
  if (file === undefined) return;
  event.preventDefault();
  const mediaId = await upload("image", file, file.name);
  if (mediaId !== undefined) await act({ act: "image", mediaId });
}
