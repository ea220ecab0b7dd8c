// The load generator: sends freshly signed pushes, each with a MsgId of its own, over keep-alive
// sockets, and counts the answers. Runs in a process of its own, so that it can be pinned to a core.
import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { account } from "./account.js";

const key = Buffer.from(`${account.encodingAESKey}=`, "base64");
const sha1 = (...parts) => createHash("sha1").update(parts.sort().join("")).digest("hex");
let id = BigInt(Date.now()) * 1_000_000n;

function encrypt(message) {
  const length = Buffer.byteLength(message);
  const head = Buffer.concat([randomBytes(16), Buffer.alloc(4)]);
  head.writeUInt32BE(length, 16);
  const used = Buffer.concat([head, Buffer.from(message), Buffer.from(account.appId)]);
  const padding = 32 - (used.length % 32);
  const cipher = createCipheriv("aes-256-cbc", key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([
    cipher.update(Buffer.concat([used, Buffer.alloc(padding, padding)])),
    cipher.final(),
  ]).toString("base64");
}

/** One push as the bytes of its HTTP request. */
function push(mode) {
  id += 1n;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = String(id % 1_000_000_000n);
  const xml = `<xml><ToUserName><![CDATA[gh_866835093fea]]></ToUserName>\n<FromUserName><![CDATA[ogdotwSc_MmEEsJs9-ABZ1QL_4r4]]></FromUserName>\n<CreateTime>${timestamp}</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[你好，世界]]></Content>\n<MsgId>${id}</MsgId>\n</xml>`;
  let query = `signature=${sha1(account.token, timestamp, nonce)}&timestamp=${timestamp}&nonce=${nonce}&openid=ogdotwSc_MmEEsJs9-ABZ1QL_4r4`;
  let body = xml;
  if (mode === "safe") {
    const sealed = encrypt(xml);
    query += `&encrypt_type=aes&msg_signature=${sha1(account.token, timestamp, nonce, sealed)}`;
    body = `<xml><ToUserName><![CDATA[gh_866835093fea]]></ToUserName><Encrypt><![CDATA[${sealed}]]></Encrypt></xml>`;
  }
  return Buffer.from(
    `POST /wechat?${query} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/**
 * Keeps `connections` busy for `seconds` (or until `total` answers), at `rate` requests a second if
 * one is given, and resolves to the number of answers and their latencies in milliseconds.
 */
function load({ port, mode, seconds, connections, rate, total = Number.POSITIVE_INFINITY, pool }) {
  return new Promise((resolve, reject) => {
    const latencies = [];
    const begun = performance.now();
    const end = begun + seconds * 1000;
    let answered = 0;
    let sent = 0;
    let open = 0;
    const idle = [];
    const fail = (why) => reject(new Error(why));
    const done = () =>
      resolve({ answered, seconds: (performance.now() - begun) / 1000, latencies });
    const finish = (socket) => {
      socket.end();
      open -= 1;
      if (open === 0) done();
    };
    const next = (socket) => {
      if (performance.now() > end || sent >= total) return finish(socket);
      if (rate !== undefined && sent >= ((performance.now() - begun) / 1000) * rate) {
        idle.push(socket);
        return;
      }
      sent += 1;
      socket.sentAt = performance.now();
      socket.write(pool.pop() ?? push(mode));
    };
    if (rate !== undefined) {
      const timer = setInterval(() => {
        for (const socket of idle.splice(0)) next(socket);
        if (performance.now() > end) clearInterval(timer);
      }, 1);
    }
    for (let index = 0; index < connections; index++) {
      const socket = connect(port, "127.0.0.1");
      let received = "";
      open += 1;
      socket.setNoDelay(true);
      socket.setEncoding("latin1");
      socket.on("connect", () => next(socket));
      socket.on("error", (error) => fail(error.message));
      socket.on("data", (chunk) => {
        received += chunk;
        const split = received.indexOf("\r\n\r\n");
        if (split < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
        if (received.length < split + 4 + length) return;
        if (!received.startsWith("HTTP/1.1 200") || !received.startsWith("<xml>", split + 4)) {
          fail(`unexpected answer: ${received.slice(0, 400)}`);
          return;
        }
        received = "";
        answered += 1;
        if (rate !== undefined) latencies.push(performance.now() - socket.sentAt);
        next(socket);
      });
    }
  });
}

let pool = [];
process.on("message", async (task) => {
  if (task.prepare) {
    // Made beforehand, so that their making is not measured.
    pool = Array.from({ length: task.prepare }, () => push(task.mode));
    process.send({ ready: true });
    return;
  }
  try {
    const { latencies, ...result } = await load({ ...task, pool });
    latencies.sort((a, b) => a - b);
    const at = (share) => latencies[Math.floor(latencies.length * share)];
    process.send({ ...result, p50: at(0.5), p99: at(0.99) });
  } catch (error) {
    process.send({ error: error.message });
  }
});
process.on("disconnect", () => process.exit(0));
