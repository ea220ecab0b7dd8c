import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { signedQuery } from "./push.js";

/** What became of one delivery. */
export interface Delivered {
  /** The answer's body, or `undefined` when there was none in time. */
  readonly body: string | undefined;
}

/**
 * Pushes as WeChat does: waits `patience` milliseconds, closes the connection, and pushes the same
 * body again, three times in all.
 */
export async function pushLikeWechat(
  address: AddressInfo,
  body: string,
  patience = 5_000,
): Promise<Delivered[]> {
  const deliveries: Delivered[] = [];
  for (let attempt = 1; attempt <= 3; attempt++) {
    const answer = await deliver(address, body, patience);
    deliveries.push({ body: answer });
    if (answer !== undefined) break;
  }
  return deliveries;
}

function deliver({ port }: AddressInfo, body: string, patience: number) {
  const search = new URLSearchParams(signedQuery());
  return new Promise<string | undefined>((resolve) => {
    const options = {
      host: "127.0.0.1",
      port,
      method: "POST",
      path: `/wechat?${search}`,
      agent: false,
    };
    const req = request(options, (res) => {
      let text = "";
      res.setEncoding("utf8");
      res.on("data", (chunk: string) => {
        text += chunk;
      });
      res.on("end", () => {
        clearTimeout(timer);
        resolve(text);
      });
    });
    const timer = setTimeout(() => {
      req.destroy();
      resolve(undefined);
    }, patience);
    req.on("error", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    req.end(body);
  });
}
