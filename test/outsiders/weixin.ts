import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type RequestListener, request } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen, shut } from "../../src/simulator/listen.js";
import { ownCertificate } from "../support/certificate.js";

/** The simulated WeChat under WeChat's own names, for software that knows no other address. */
export interface Weixin {
  /** The simulated WeChat that answers at the moment: its address. */
  url: string;
  /** By this, what is in `software/` finds the way here, and trusts what it finds. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Has https://api.weixin.qq.com, and what else ends in weixin.qq.com, stand on this machine. */
export async function startWeixin(): Promise<Weixin> {
  const { key, cert } = ownCertificate(["*.weixin.qq.com"]);
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-weixin-"));
  const authority = join(folder, "authority.pem");
  writeFileSync(authority, cert);
  const pass: RequestListener = (incoming, outgoing) => {
    const url = new URL(weixin.url + incoming.url);
    const headers = { ...incoming.headers, host: url.host };
    const passed = request(url, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  };
  const server = createServer({ key, cert }, pass);
  const { port } = new URL(await listen(server));
  const weixin: Weixin = {
    url: "",
    env: { WEIXIN_PORT: port, NODE_EXTRA_CA_CERTS: authority, REQUESTS_CA_BUNDLE: authority },
    async close() {
      await shut(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return weixin;
}
