import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { mediaAddress } from "../picture.js";
import { change, upload, verifyPage, webViews } from "../store.js";
import { type Answer, answerOf, askedOf, keep, type Line, type Phone } from "./answers.js";
import type { Asked, Shared, Told } from "./apis.js";
import { shareWays } from "./panel.js";
import type { OpenQuestion } from "./questions.js";

/** How many lines are kept of what a page asks for. */
const kept = 50;

/**
 * Answers the stand-in for WeChat's script in the page of a frame. Heard is that frame alone, and only while it shows
 * a page that is seen through a web view; what it asks for is shown, and the user decides.
 */
export function useJssdk(frame: RefObject<HTMLIFrameElement | null>, address: string) {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [question, setQuestion] = useState<OpenQuestion | undefined>(undefined);
  const [hidden, hide] = useState<readonly string[]>([]);
  const isAsking = useRef(false);
  const lastLine = useRef(0);
  const origin = useRef("");

  const post = (message: Told | Shared) =>
    frame.current?.contentWindow?.postMessage(message, origin.current);

  useEffect(() => {
    setLines([]);
    setQuestion(undefined);
    isAsking.current = false;
    const files: Phone["files"] = new Map();
    const phone: Phone = {
      files,
      verify: verifyPage,
      upload: (file) => upload("image", file, file instanceof File ? file.name : "picture"),
      download,
      close: () => change({ address: undefined }),
      question(asked, what) {
        if (isAsking.current) return Promise.resolve({ outcome: "cancel" });
        isAsking.current = true;
        return new Promise((resolve) => {
          const answer = (given: Answer, chosen: readonly Blob[] = []) => {
            isAsking.current = false;
            setQuestion(undefined);
            resolve(
              chosen.length === 0 ? given : { ...given, data: { images: keep(phone, chosen) } },
            );
          };
          setQuestion({ asked, what, answer });
        });
      },
    };
    const hear = async (event: MessageEvent) => {
      if (event.source !== frame.current?.contentWindow || !webViews.has(event.origin)) return;
      const asked = askedOf(event.data);
      if (asked === undefined || new URL(asked.url).origin !== event.origin) return;
      origin.current = event.origin;
      lastLine.current += 1;
      const line = { id: lastLine.current, name: asked.name, options: asked.options };
      setLines((before) => [...before, line].slice(-kept));
      const given = await answerOf(asked, phone);
      const { outcome, data = {}, signed } = given;
      setLines((before) =>
        before.map((one) =>
          one.id === line.id
            ? { ...line, outcome, ...(signed === undefined ? {} : { signed }) }
            : one,
        ),
      );
      if (outcome === "ok") hide((before) => hiddenAfter(asked, before));
      post({ koaWx: "answer", id: asked.id, outcome, data });
    };
    const listener = (event: MessageEvent) => void hear(event);
    addEventListener("message", listener);
    return () => removeEventListener("message", listener);
  }, [address]);

  return { lines, question, hidden, share: (to: Shared["to"]) => post({ koaWx: "share", to }) };
}

/** What of the menu is hidden after a page has said so. */
function hiddenAfter({ name, options }: Asked, before: readonly string[]): readonly string[] {
  const all = shareWays.map(({ item }) => item);
  const named = Array.isArray(options.menuList) ? options.menuList.map(String).slice(0, 50) : [];
  switch (name) {
    case "hideOptionMenu":
    case "hideAllNonBaseMenuItem":
      return all;
    case "showOptionMenu":
    case "showAllNonBaseMenuItem":
      return [];
    case "hideMenuItems":
      return [...before, ...named];
    case "showMenuItems":
      return before.filter((item) => !named.includes(item));
    default:
      return before;
  }
}

async function download(mediaId: string): Promise<Blob | undefined> {
  const response = await fetch(mediaAddress(mediaId));
  return response.ok ? response.blob() : undefined;
}
