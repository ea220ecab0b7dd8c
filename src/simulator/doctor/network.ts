import { BlockList, connect, isIP } from "node:net";
import { both } from "../../language.js";
import { place } from "../../places.js";
import { type Finding, note, ok, problem } from "./finding.js";
import type { Target } from "./probe.js";

/** An address of the host. */
export interface Found {
  readonly address: string;
  readonly family: number;
}

/** The host's addresses, or the code of the error. */
export function resolveHost({ url, lookup }: Target): Promise<readonly Found[] | string> {
  const host = hostOf(url);
  const family = isIP(host);
  if (family !== 0) return Promise.resolve([{ address: host, family }]);
  return new Promise((resolve) => {
    lookup(host, { all: true }, (error, addresses) => {
      if (error !== null) resolve(error.code ?? "UNKNOWN");
      else if (typeof addresses !== "string") resolve(addresses);
      else resolve([{ address: addresses, family: isIP(addresses) }]);
    });
  });
}

/** Explains why the host cannot be found. */
export function unresolved({ url }: Target, failure: string): Finding {
  const host = hostOf(url);
  return failure === "ENOTFOUND" || failure === "ENODATA"
    ? problem(
        "dns",
        both(`DNS knows no ${host}`, `DNS 里没有 ${host}`),
        both(
          `Check the spelling in ${place("url")}, and whether the domain has an A record (域名解析). It can take minutes until a new record is seen.`,
          `核对 ${place("url")} 里的拼写，以及域名有没有 A 记录（域名解析）。新记录要过几分钟才生效。`,
        ),
      )
    : problem(
        "dns",
        both(
          `the DNS query for ${host} failed (${failure})`,
          `查询 ${host} 的 DNS 失败（${failure}）`,
        ),
        both(
          "Check this machine's network and its DNS server, then try again.",
          "检查本机的网络和 DNS 服务器，然后再试。",
        ),
      );
}

/** Looks at the addresses and the port: whether WeChat can get there at all. */
export function* examineAddress({ url }: Target, found: readonly Found[]): Generator<Finding> {
  const host = hostOf(url);
  if (!found.some(({ family }) => family === 4)) {
    yield note(
      "dns",
      both(`the name ${host} has no IPv4 address`, `域名 ${host} 没有 IPv4 地址`),
      both(
        "Add an A record (域名解析): do not count on WeChat to call over IPv6.",
        "添加 A 记录（域名解析）：不要指望微信走 IPv6。",
      ),
    );
  } else if (isIP(host) === 0) {
    yield ok(
      "dns",
      both(
        `the name ${host} is ${found.map(({ address }) => address).join(", ")}`,
        `域名 ${host} 的地址是 ${found.map(({ address }) => address).join("、")}`,
      ),
    );
  }
  const port = portOf(url);
  const inside = found.find(({ address }) => isPrivate(address));
  if (inside !== undefined) {
    yield note(
      "private",
      both(
        `only ${isLoopback(inside.address) ? "this machine" : "this network"} reaches ${inside.address}; WeChat does not`,
        `只有${isLoopback(inside.address) ? "本机" : "本地网络"}能访问 ${inside.address}，微信访问不到`,
      ),
      both(
        `That is fine for development. ${place("url")} must be a public address or a tunnel: run the doctor on that as well.`,
        `开发时没有问题。${place("url")} 必须填公网地址或内网穿透的地址：对那个地址也运行一次 doctor。`,
      ),
    );
  } else if (port !== 80 && port !== 443) {
    yield problem(
      "address",
      both(
        `the address has port ${port}; WeChat calls only 80 (http) and 443 (https)`,
        `地址的端口是 ${port}；微信只访问 80（http）和 443（https）`,
      ),
      both(
        `Have a proxy such as nginx listen on 80 or 443 and pass requests on to ${port}, and leave the port out of ${place("url")}.`,
        `让 nginx 之类的代理监听 80 或 443，把请求转发到 ${port}，${place("url")} 里不要写端口。`,
      ),
    );
  }
}

/** Opens a connection; says why that fails, if it does. */
export async function examineConnection(target: Target): Promise<Finding | undefined> {
  const { url, patience } = target;
  const port = portOf(url);
  const failure = await connected(target, port);
  if (failure === undefined) return undefined;
  if (failure === "ECONNREFUSED") {
    return problem(
      "connection",
      both(
        `nothing listens on port ${port} of ${hostOf(url)} (connection refused)`,
        `${hostOf(url)} 的端口 ${port} 没有程序监听（连接被拒绝）`,
      ),
      both(
        "Start the server, check the port it prints, and let it listen on 0.0.0.0 if it is to be reached from outside.",
        "启动服务器，核对它显示的端口；要从外面访问，就监听 0.0.0.0。",
      ),
    );
  }
  if (failure === "TIMEOUT" || failure === "ETIMEDOUT") {
    return problem(
      "connection",
      both(
        `port ${port} of ${hostOf(url)} did not accept a connection within ${seconds(patience)}`,
        `${hostOf(url)} 的端口 ${port} 在 ${patience / 1000} 秒内没有接受连接`,
      ),
      both(
        "Open the port in the firewall and in the cloud provider's security group (安全组).",
        "在防火墙和云服务商的安全组里放行这个端口。",
      ),
    );
  }
  return problem(
    "connection",
    both(
      `the connection to port ${port} of ${hostOf(url)} failed (${failure})`,
      `连接 ${hostOf(url)} 的端口 ${port} 失败（${failure}）`,
    ),
    both("Check the network between here and the server.", "检查这里到服务器之间的网络。"),
  );
}

/** Milliseconds as people say them. */
export function seconds(ms: number): string {
  const count = ms / 1000;
  return `${count} ${count === 1 ? "second" : "seconds"}`;
}

/** The code of the error, if there is one. */
function connected({ url, patience, lookup }: Target, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostOf(url), port, lookup });
    const end = (failure?: string) => {
      socket.destroy();
      resolve(failure);
    };
    socket.setTimeout(patience, () => end("TIMEOUT"));
    socket.once("connect", () => end());
    socket.once("error", (error: NodeJS.ErrnoException & AggregateError) => {
      // A name with several addresses fails with one error for each of them.
      const [first] = (error.errors ?? []) as readonly NodeJS.ErrnoException[];
      end(error.code ?? first?.code ?? "UNKNOWN");
    });
  });
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const privateNets = new BlockList();
privateNets.addSubnet("10.0.0.0", 8, "ipv4");
privateNets.addSubnet("172.16.0.0", 12, "ipv4");
privateNets.addSubnet("192.168.0.0", 16, "ipv4");
privateNets.addSubnet("169.254.0.0", 16, "ipv4");
privateNets.addSubnet("100.64.0.0", 10, "ipv4");
privateNets.addSubnet("0.0.0.0", 8, "ipv4");
privateNets.addSubnet("fc00::", 7, "ipv6");
privateNets.addSubnet("fe80::", 10, "ipv6");

function isLoopback(address: string): boolean {
  return loopback.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** Whether an address is of this machine or its network. */
export function isPrivate(address: string): boolean {
  return isLoopback(address) || privateNets.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
