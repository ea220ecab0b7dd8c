/**
 * What the examples share: an account from the environment, and a server that says how to reach it.
 * `npm start` sets WECHAT_PHONE_URL and has the simulated phone listen there.
 */
import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import type Koa from "koa";

const {
  HOST,
  PORT,
  WECHAT_TOKEN,
  WECHAT_APP_ID,
  WECHAT_APP_SECRET,
  WECHAT_AES_KEY,
  WECHAT_API_BASE_URL,
  WECHAT_PHONE_URL,
} = process.env;

/** The options of `new Wechat(…)`, from the environment, with defaults that do for local use. */
export const account = {
  token: WECHAT_TOKEN || "onlyOnThisMachine",
  appId: WECHAT_APP_ID || "wx0000000000000000",
  appSecret: WECHAT_APP_SECRET || "local-secret",
  ...(WECHAT_AES_KEY ? { encodingAESKey: WECHAT_AES_KEY } : {}),
  ...(WECHAT_API_BASE_URL ? { api: { baseUrl: WECHAT_API_BASE_URL } } : {}),
};

/**
 * Serves the app and prints its address and a signed request to try it with. Only this machine reaches
 * it unless HOST says otherwise, such as 0.0.0.0 in a container or 192.168.1.5. `paths` are where the
 * bot answers; the first one is the local account's.
 */
export function listen(app: Pick<Koa, "listen">, paths = ["/wechat"]): void {
  if (!WECHAT_TOKEN && (WECHAT_APP_ID || WECHAT_APP_SECRET)) {
    throw new Error(
      "WECHAT_TOKEN is not set: with an account of your own, a token that everybody knows lets everybody push. Set the account's own Token.",
    );
  }
  const server = app.listen(Number(PORT ?? 3000), HOST || "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    for (const path of paths) console.log(`Listening on http://localhost:${port}${path}`);
    if (WECHAT_PHONE_URL) console.log(`\nOpen the phone and chat: ${WECHAT_PHONE_URL}`);
    if (!account.encodingAESKey)
      console.log(`\nOr without a browser:\n\n${curl(`http://localhost:${port}${paths[0]}`)}\n`);
  });
  process.once("SIGTERM", () => server.close());
  process.once("SIGINT", () => server.close());
}

function curl(address: string): string {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = "1514711492";
  const signature = createHash("sha1")
    .update([account.token, timestamp, nonce].sort().join(""))
    .digest("hex");
  const query = new URLSearchParams({ signature, timestamp, nonce });
  const body = `<xml><ToUserName>gh_local</ToUserName><FromUserName>alice</FromUserName><CreateTime>${timestamp}</CreateTime><MsgType>text</MsgType><Content>你好</Content><MsgId>${timestamp}000</MsgId></xml>`;
  return `curl '${address}?${query}' -H 'Content-Type: text/xml' -d '${body}'`;
}
