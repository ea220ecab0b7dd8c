/**
 * Stands in for WeChat's script (jweixin) in a page that is seen through the phone: what the page calls is asked of
 * the phone around it, which verifies the signature and shows the rest to the user. It can ask and nothing else.
 */
import {
  type Asked,
  answered,
  free,
  type JsApi,
  type LocalImage,
  refused,
  type Shared,
  type Told,
} from "./apis.js";

type Callback = ((result: Readonly<Record<string, unknown>>) => unknown) | undefined;
type Options = Readonly<Record<string, unknown>> & {
  readonly success?: Callback;
  readonly fail?: Callback;
  readonly cancel?: Callback;
  readonly complete?: Callback;
  readonly trigger?: Callback;
};

/** The origin of the phone; whoever serves this file writes it in. */
const phone = "__PHONE__";
const state: {
  /** Undefined until the phone has answered. */
  config?: Told;
  allowed: readonly string[];
  debug: boolean;
} = { allowed: [], debug: false };
const onReady: (() => unknown)[] = [];
const onError: ((problem: { readonly errMsg: string }) => unknown)[] = [];
/** What the page has said of how it is shared, in the old way. */
const shares = new Map<string, Options>();
const waiting = new Map<number, (told: Told) => void>();
/** What the phone calls the files behind `localId`s, which are addresses that this page alone can load. */
const files = new Map<unknown, string>();
let lastId = 0;

/** Asks the phone. A page that stands by itself has none. */
function ask(name: Asked["name"], options: Options): Promise<Told> {
  lastId += 1;
  const id = lastId;
  // Functions do not pass from one page to another, and neither does what only looks like data.
  const plain = JSON.parse(JSON.stringify(options)) as Asked["options"];
  if (parent === window) {
    return Promise.resolve({
      koaWx: "answer",
      id,
      outcome: "fail, this page is not open inside the phone",
      data: {},
    });
  }
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    const asked: Asked = { koaWx: "ask", id, name, url: location.href, options: plain };
    parent.postMessage(asked, phone);
  });
}

addEventListener("message", ({ origin, source, data }) => {
  if (origin !== phone || source !== parent) return;
  const told = data as Told | Shared;
  if (told.koaWx === "answer") {
    waiting.get(told.id)?.(told);
    waiting.delete(told.id);
  }
  if (told.koaWx === "share") {
    const options = shares.get(told.to);
    options?.trigger?.({ errMsg: `${told.to}:trigger` });
    if (options !== undefined) finish(told.to, options, "ok", {});
  }
});

function finish(name: string, options: Options, outcome: string, data: Told["data"]): void {
  const result = { ...data, errMsg: `${name}:${outcome}` };
  if (state.debug) alert(JSON.stringify(result));
  if (outcome === "ok") options.success?.(result);
  else if (outcome === "cancel") (options.cancel ?? options.fail)?.(result);
  else options.fail?.(result);
  options.complete?.(result);
}

async function call(name: JsApi, options: Options = {}): Promise<void> {
  const isFree = (free as readonly string[]).includes(name);
  if (!isFree && state.config?.outcome !== "ok") {
    return finish(name, options, "fail, the permission value is offline verifying", {});
  }
  const denied = (state.config?.data.denied ?? []) as readonly string[];
  if (!isFree && (!state.allowed.includes(name) || denied.includes(name))) {
    return finish(name, options, "permission denied", {});
  }
  const { localId } = options;
  const { outcome, data } = await ask(
    name,
    localId === undefined ? options : { ...options, localId: files.get(localId) ?? localId },
  );
  // A share of the old kind is told when the user shares.
  if (name.startsWith("onMenuShare") && outcome === "ok") {
    shares.set(name, options);
    return;
  }
  finish(name, options, outcome, withLocalIds(name, data));
}

/** Gives the page the pictures of an answer under addresses of its own. */
function withLocalIds(name: JsApi, { images, ...data }: Told["data"]): Told["data"] {
  if (!Array.isArray(images)) return data;
  const localIds = (images as readonly LocalImage[]).map(({ key, file }) => {
    const localId = URL.createObjectURL(file);
    files.set(localId, key);
    return localId;
  });
  return name === "chooseImage" ? { ...data, localIds } : { ...data, localId: localIds[0] };
}

const wx: Record<string, unknown> = {
  config(options: Options) {
    state.debug = options.debug === true;
    state.allowed = Array.isArray(options.jsApiList) ? options.jsApiList.map(String) : [];
    void ask("config", options).then((told) => {
      state.config = told;
      const errMsg = `config:${told.outcome}`;
      if (state.debug) alert(JSON.stringify({ errMsg }));
      if (told.outcome === "ok") for (const ready of onReady.splice(0)) ready();
      else for (const failed of onError) failed({ errMsg });
    });
  },
  ready(callback: () => unknown) {
    if (state.config?.outcome === "ok") callback();
    else onReady.push(callback);
  },
  error(callback: (problem: { readonly errMsg: string }) => unknown) {
    onError.push(callback);
    const { config } = state;
    if (config !== undefined && config.outcome !== "ok")
      callback({ errMsg: `config:${config.outcome}` });
  },
};
for (const name of [...answered, ...refused])
  wx[name] = (options?: Options) => void call(name, options);

Object.assign(window, { wx: Object.assign(window.wx ?? {}, wx), jWeixin: wx });
// Pages ask by this whether they are inside WeChat.
const agent = navigator.userAgent;
if (!agent.includes("MicroMessenger")) {
  Object.defineProperty(navigator, "userAgent", {
    configurable: true,
    get: () => `${agent} MicroMessenger/8.0.50(0x28003255) NetType/WIFI Language/zh_CN`,
  });
}

declare global {
  interface Window {
    wx?: object;
  }
}
