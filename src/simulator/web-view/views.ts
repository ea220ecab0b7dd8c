import { createServer, type Server } from "node:http";
import { isOwnHost } from "../guard.js";
import { listen, shut } from "../listen.js";
import { standIn } from "../phone/files.js";
import { Addresses, standInPath } from "./addresses.js";
import { forward, forwardUpgrade } from "./forward.js";

export interface WebViewsOptions {
  /** The address to listen on. */
  readonly host?: string;
  /** Names by which the phone may be reached besides localhost and IP addresses. */
  readonly allowHosts?: readonly string[];
  /** An address of the server whose pages are shown wherever it is: the bot's. */
  target(): string;
}

interface View {
  readonly addresses: Addresses;
  readonly server: Server;
}

/** How many web servers are seen through web views of their own. */
const most = 8;

/**
 * The browser inside the simulated WeChat, as far as it is a server: pages of this machine, and of the bot, are seen
 * through an address of its own, where WeChat's script is answered by a stand-in. Nothing else of a page is changed,
 * and its server sees the address that it has. Each server has a port, so that its pages are an origin of their own:
 * they reach neither the phone nor the simulated API.
 */
export class WebViews {
  readonly #options: WebViewsOptions;
  readonly #views = new Map<string, Promise<View>>();
  readonly #open: View[] = [];

  constructor(options: WebViewsOptions) {
    this.#options = options;
  }

  /**
   * Where a page is seen.
   *
   * @param phone The origin of the phone that shows it.
   * @returns Undefined for pages of other machines, which are opened where they are.
   */
  async addressOf(address: string, phone: string): Promise<string | undefined> {
    const { origin, protocol, hostname, port } = new URL(address);
    const bot = this.#options.target();
    const isBot = URL.canParse(bot) && origin === new URL(bot).origin;
    if (protocol !== "http:" || !(isBot || isLoopback(hostname))) return undefined;
    // The phone's own server, under whichever of its names.
    if (isLoopback(hostname) && port === new URL(phone).port) return undefined;
    const key = `${phone} ${origin}`;
    if (!this.#views.has(key)) {
      if (this.#views.size >= most) return undefined;
      this.#views.set(key, this.#start(origin, phone));
    }
    const { addresses } = await (this.#views.get(key) as Promise<View>);
    return seen(address, addresses);
  }

  /** The same for a page whose server is seen already, on whichever phone. */
  known(address: string): string | undefined {
    const { origin } = new URL(address);
    const view = this.#open.findLast(({ addresses }) => addresses.own === origin);
    return view && seen(address, view.addresses);
  }

  /** The address that a page has without the web view; undefined for one that is not seen through any. */
  own(address: string): string | undefined {
    if (!URL.canParse(address)) return undefined;
    const { origin } = new URL(address);
    const view = this.#open.find(({ addresses }) => addresses.view === origin);
    return view && view.addresses.own + address.slice(origin.length);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#views.values()].map(async (view) => shut((await view).server)));
  }

  async #start(own: string, phone: string): Promise<View> {
    const { host, allowHosts = [] } = this.#options;
    const allowed = new Set(allowHosts);
    const server = createServer();
    const { port } = new URL(await listen(server, 0, host));
    const { protocol, hostname } = new URL(phone);
    const addresses = new Addresses(own, `${protocol}//${hostname}:${port}`);
    server.on("request", (req, res) => {
      if (!isOwnHost(req.headers.host ?? "", allowed)) {
        res.writeHead(403).end();
      } else if (req.url?.split("?")[0] === standInPath) {
        standIn(phone).then(
          (script) => {
            const headers = {
              "content-type": "text/javascript; charset=utf-8",
              "cache-control": "no-cache",
            };
            res.writeHead(200, headers).end(script);
          },
          () => res.writeHead(500).end(),
        );
      } else forward(addresses, req, res).catch(() => res.destroy());
    });
    server.on("upgrade", (req, socket) => {
      if (isOwnHost(req.headers.host ?? "", allowed)) forwardUpgrade(addresses, req, socket);
      else socket.destroy();
    });
    const view = { addresses, server };
    this.#open.push(view);
    return view;
  }
}

function seen(address: string, { own, view }: Addresses): string {
  return view + new URL(address).href.slice(own.length);
}

/** Whether a name is this machine's own. */
function isLoopback(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
