import { useEffect, useState } from "preact/hooks";
import type { PersonView, PhoneEvents, PhoneView, SettingsView } from "../phone/view.js";
import type { Act } from "../pushes/acts.js";
import type { JssdkVerdict } from "../web-view/jssdk.js";
import type { ChatEntry } from "../world/chat.js";
import type { JournalRecord } from "../world/journal.js";
import { webAddress } from "./chat/text.js";
import type { Answer } from "./jssdk/answers.js";
import type { Asked } from "./jssdk/apis.js";
import { type Language, say, type Word } from "./words.js";

/** All that the page knows and shows. */
export interface PageState {
  readonly ready: boolean;
  readonly connected: boolean;
  readonly user: string;
  readonly people: readonly PersonView[];
  readonly chat: readonly ChatEntry[];
  readonly settings: SettingsView | undefined;
  readonly records: readonly JournalRecord[];
  /** How many lines of the others' chats have not been seen. */
  readonly unread: Readonly<Record<string, number>>;
  readonly language: Language;
  /** Whether pictures of other hosts are loaded. */
  readonly pictures: boolean;
  /** The web page that is open inside the phone. */
  readonly address: string | undefined;
  /** Where it is loaded from, if it is seen through a web view. */
  readonly frame: string | undefined;
  /** The mini program that would be open. */
  readonly miniProgram: MiniProgram | undefined;
  /** The push that is being written, as lines. */
  readonly composed: string | undefined;
  /** A short notice, and its number so that the same one can come again. */
  readonly notice: { readonly id: number; readonly text: string } | undefined;
  /** Which half is seen on a narrow screen. */
  readonly half: "phone" | "inspector";
}

/** A mini program (小程序), as far as the account names it. */
export interface MiniProgram {
  readonly title: string;
  readonly appId: string;
  readonly path: string;
}

let state: PageState = {
  ready: false,
  connected: false,
  user: "",
  people: [],
  chat: [],
  settings: undefined,
  records: [],
  unread: {},
  language: startLanguage(),
  pictures: localStorage.getItem("pictures") === "yes",
  address: undefined,
  frame: undefined,
  miniProgram: undefined,
  composed: undefined,
  notice: undefined,
  half: "phone",
};
const listeners = new Set<(state: PageState) => void>();

/** The state, and again whenever it changes. */
export function usePage(): PageState {
  const [seen, see] = useState(state);
  useEffect(() => {
    listeners.add(see);
    see(state);
    return () => {
      listeners.delete(see);
    };
  }, []);
  return seen;
}

/** Changes the state. */
export function change(part: Partial<PageState>): void {
  state = { ...state, ...part };
  for (const listener of listeners) listener(state);
}

/** What is said in the language of the page. */
export function t(word: Word, n?: number | string): string {
  return say(state.language, word, n);
}

/** What was said in both languages, in the language of the page. */
export function inOwn(en: string | undefined, zh: string | undefined): string | undefined {
  return state.language === "zh" ? (zh ?? en) : en;
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem("language", language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  change({ language });
}

export function choosePictures(pictures: boolean): void {
  localStorage.setItem("pictures", pictures ? "yes" : "no");
  change({ pictures });
}

let source: EventSource | undefined;
/** What has happened since the phone was asked for, while the rest of it is on its way. */
let early: { chat: PhoneEvents["chat"][]; records: JournalRecord[] } | undefined;

/** Shows the phone of a user: first all there is, then what happens. */
export function connect(user: string): void {
  source?.close();
  early = { chat: [], records: [] };
  const events = new EventSource(`/phone/events?user=${encodeURIComponent(user)}`);
  source = events;
  const on = <K extends keyof PhoneEvents>(name: K, handle: (data: PhoneEvents[K]) => void) =>
    events.addEventListener(name, (event) => handle(JSON.parse((event as MessageEvent).data)));
  // Whatever happens from here on is told, so nothing is missed between the two.
  events.addEventListener("ready", () => void load(user, events));
  events.addEventListener("error", () => change({ connected: false }));
  on("chat", ({ user: of, entry }) => {
    early?.chat.push({ user: of, entry });
    if (of === state.user) change({ chat: merge(state.chat, entry) });
    else if (entry.from !== "user") {
      change({ unread: { ...state.unread, [of]: (state.unread[of] ?? 0) + 1 } });
    }
  });
  on("person", (person) => {
    const others = state.people.filter(({ name }) => name !== person.name);
    const known = others.length < state.people.length;
    change({
      people: known
        ? state.people.map((one) => (one.name === person.name ? person : one))
        : [...others, person],
    });
  });
  on("record", (record) => {
    early?.records.push(record);
    change({ records: merge(state.records, record).slice(-500) });
  });
  on("settings", (settings) => change({ settings }));
}

async function load(user: string, events: EventSource): Promise<void> {
  const response = await fetch(`/phone/state?user=${encodeURIComponent(user)}`);
  const view = (await response.json()) as PhoneView;
  // Meanwhile another user's phone may have been asked for.
  if (events !== source) return;
  localStorage.setItem("user", view.user);
  const { chat = [], records = [] } = early ?? {};
  early = undefined;
  const said = chat.filter(({ user: of }) => of === view.user).map(({ entry }) => entry);
  change({
    ...view,
    chat: said.reduce(merge, view.chat),
    records: records.reduce(merge, view.records),
    ready: true,
    connected: true,
    unread: { ...state.unread, [view.user]: 0 },
  });
}

/** Changes to another user's phone. */
export function switchTo(user: string): void {
  change({ user, chat: [], address: undefined, miniProgram: undefined });
  connect(user);
}

/** Has the user of this phone do something. */
export async function act(
  act: Act | { readonly act: "media"; readonly mediaId: string },
): Promise<boolean> {
  const body = JSON.stringify({ user: state.user, ...act });
  return (await post("/phone/act", body)) !== undefined;
}

/** Sends the push of a record once more. */
export function sendAgain(id: number): Promise<unknown> {
  return post("/phone/act", JSON.stringify({ user: state.user, act: "again", id }));
}

/** The push of a record as something else: a command, a test, the lines of its fields. */
export async function copyOf(
  id: number,
  as: "curl" | "test" | "fields",
): Promise<string | undefined> {
  const answer = await post("/phone/copy", JSON.stringify({ id, as }));
  return (answer as { readonly text?: string } | undefined)?.text;
}

/** Everything that can be pushed, by its name, as lines to begin with. */
export async function composable(): Promise<Readonly<Record<string, string>>> {
  const response = await fetch("/phone/composable");
  return response.ok ? ((await response.json()) as Record<string, string>) : {};
}

/** Uploads a file; resolves to its media id, or undefined after saying what is wrong. */
export async function upload(
  type: "image" | "voice" | "video",
  file: Blob,
  name = "",
): Promise<string | undefined> {
  if (file.size > 10 * 1024 * 1024) {
    notify(t("tooLarge"));
    return undefined;
  }
  const query = new URLSearchParams({ type, name });
  // Browsers do not know WeChat's own kind of voice.
  const contentType = file.type || (type === "voice" ? "audio/amr" : "image/*");
  const answer = await post(`/phone/media?${query}`, file, contentType);
  return (answer as { readonly mediaId?: string } | undefined)?.mediaId;
}

/** Changes how the simulated WeChat behaves. */
export function set(settings: Readonly<Record<string, unknown>>): Promise<unknown> {
  return post("/phone/settings", JSON.stringify(settings));
}

/** Makes a user and shows their phone. */
export async function addPerson(name: string): Promise<void> {
  const person = (await post("/phone/people", JSON.stringify({ name }))) as PersonView | undefined;
  if (person !== undefined) switchTo(person.name);
}

/** Opens a web page inside the phone, as the user of this phone. */
export async function open(address: string): Promise<void> {
  const url = webAddress(address);
  if (url === undefined) return;
  // The consent page (网页授权) asks by this cookie who is looking.
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
  document.cookie = `sim_user=${encodeURIComponent(state.user)}; path=/connect; SameSite=Lax`;
  const own = ownAddress(url);
  // A login leads back to a page that is to be seen through its web view, too.
  const returnTo = webAddress(new URL(own).searchParams.get("redirect_uri") ?? "");
  if (returnTo !== undefined) await frameOf(returnTo);
  change({ address: own, frame: await frameOf(own) });
}

async function frameOf(address: string): Promise<string | undefined> {
  const answer = await post("/phone/open", JSON.stringify({ address }));
  const { frame } = (answer ?? {}) as { readonly frame?: string };
  if (frame !== undefined) webViews.add(new URL(frame).origin);
  return frame;
}

/** The origins of pages that are seen through web views, and so have the stand-in for WeChat's script. */
export const webViews = new Set<string>();

/** Has the simulated WeChat verify what a page has given to `wx.config`. */
export async function verifyPage({ options, url }: Asked): Promise<Answer> {
  const { appId, timestamp, nonceStr, signature } = options;
  const texts = [appId, timestamp, nonceStr, signature].map((one) => String(one ?? ""));
  const [named, at, nonce, signed] = texts;
  const body = { appId: named, timestamp: at, nonceStr: nonce, signature: signed, url };
  const verdict = (await post("/phone/jssdk", JSON.stringify(body))) as JssdkVerdict | undefined;
  if (verdict === undefined) return { outcome: "fail" };
  const { outcome, denied, signed: rest } = verdict;
  return { outcome, data: { denied }, ...(rest === undefined ? {} : { signed: rest }) };
}

/** The same page here, if the address is one of WeChat's own that is simulated. */
function ownAddress(address: string): string {
  const url = new URL(address);
  if (url.hostname !== "open.weixin.qq.com" || !url.pathname.startsWith("/connect/"))
    return address;
  return location.origin + url.pathname + url.search + url.hash;
}

/** Shows a short notice. */
export function notify(text: string): void {
  const id = (state.notice?.id ?? 0) + 1;
  change({ notice: { id, text } });
  setTimeout(() => {
    if (state.notice?.id === id) change({ notice: undefined });
  }, 4_000);
}

/** Resolves to the answer, or to undefined after saying what is wrong. */
async function post(
  path: string,
  body: string | Blob,
  contentType = "application/json",
): Promise<unknown> {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": contentType },
      body,
    });
    if (response.status === 204) return {};
    const answer = (await response.json()) as { error?: string; errorZh?: string };
    if (response.ok) return answer;
    notify(inOwn(answer.error, answer.errorZh) ?? String(response.status));
  } catch {
    notify(t("retry"));
  }
  return undefined;
}

/** Puts something in the place of what has its id, or at the end. */
function merge<T extends { readonly id: number }>(list: readonly T[], one: T): readonly T[] {
  return list.some(({ id }) => id === one.id)
    ? list.map((old) => (old.id === one.id ? one : old))
    : [...list, one];
}

function startLanguage(): Language {
  const chosen = localStorage.getItem("language");
  if (chosen === "zh" || chosen === "en") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
