import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { sign } from "../../src/wire/signature.js";

export const account = {
  token: "AAAAA",
  appId: "wxba5fad812f8e6fb9",
  encodingAESKey: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
};

let count = 0;

/** The query of a request that WeChat would send now. */
export function signedQuery(more: Record<string, string> = {}, token = account.token) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = String(1_000_000 + count++);
  return { signature: sign(token, timestamp, nonce), timestamp, nonce, ...more };
}

/** The body of a text message, with an id of its own. */
export function textXml(content: string, more = ""): string {
  return `<xml><ToUserName><![CDATA[gh_866835093fea]]></ToUserName><FromUserName><![CDATA[alice]]></FromUserName><CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${content}]]></Content><MsgId>${6349323426230210995n + BigInt(count++)}</MsgId>${more}</xml>`;
}

export interface Response {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** Sends a request over a real socket. */
export function send(
  address: AddressInfo | string | null,
  options: {
    method?: string;
    path?: string;
    query?: Record<string, string> | string;
    headers?: Record<string, string>;
    body?: string | Buffer;
  },
): Promise<Response> {
  const { port } = address as AddressInfo;
  const { method = "POST", path = "/wechat", query = "", headers = {}, body } = options;
  const search = new URLSearchParams(query).toString();
  return new Promise((resolve, reject) => {
    const req = request(
      {
        host: "127.0.0.1",
        port,
        method,
        path: search ? `${path}?${search}` : path,
        headers,
        agent: false,
      },
      (res) => {
        const chunks: Buffer[] = [];
        res.on("data", (chunk: Buffer) => chunks.push(chunk));
        res.on("end", () =>
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            body: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      },
    );
    req.on("error", reject);
    req.end(body);
  });
}
