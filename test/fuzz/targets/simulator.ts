import { createServer } from "node:http";
import Koa from "koa";
import { simulatedApi } from "../../../src/simulator/api/api.js";
import { endpoints } from "../../../src/simulator/api/endpoints.js";
import { Cloud } from "../../../src/simulator/cloud.js";
import { phonePage } from "../../../src/simulator/phone/phone.js";
import { judge } from "../../../src/simulator/pushes/judge.js";
import { accounts } from "../bot.js";
import { documents } from "../corpus.js";
import type { Target } from "../fuzz.js";
import { mutateBytes, nastyText } from "../mutate.js";
import { mutateJson } from "../mutate-json.js";
import { mutatePairs, writeQuery } from "../mutate-query.js";
import { mutateXml } from "../mutate-xml.js";
import { encrypt, promised, seconds, sha1 } from "../oracle.js";
import type { Random } from "../random.js";
import { asTarget, exchange, listenHere } from "../socket.js";

const [, safe] = accounts;
const account = {
  token: safe?.tokens[0] as string,
  appId: safe?.appId as string,
  encodingAESKey: safe?.key as string,
  appSecret: "fuzz-secret",
};

/** Bodies of calls; one fits a few endpoints and none of the others. */
const bodies: readonly object[] = [
  { grant_type: "client_credential", appid: "wxsafe", secret: "fuzz-secret", force_refresh: false },
  { touser: "OPENID", msgtype: "text", text: { content: "你好" } },
  { touser: "OPENID", msgtype: "news", news: { articles: [{ title: "a", url: "http://a" }] } },
  { touser: "OPENID", template_id: "T", url: "", data: { a: { value: "b" } } },
  { touser: ["OPENID", "OPENID"], msgtype: "text", text: { content: "b" } },
  { filter: { is_to_all: true }, mpnews: { media_id: "M" }, msgtype: "mpnews" },
  {
    button: [
      { type: "click", name: "今日歌曲", key: "V1001" },
      { name: "菜单", sub_button: [{ type: "view", name: "搜索", url: "http://www.soso.com/" }] },
    ],
    matchrule: { tag_id: "2" },
  },
  { tag: { id: 100, name: "广东" }, openid_list: ["OPENID"], tagid: 100, next_openid: "" },
  { action_name: "QR_STR_SCENE", expire_seconds: 60, action_info: { scene: { scene_str: "s" } } },
  { articles: [{ title: "t", content: "c", thumb_media_id: "M" }], media_id: "M", index: 0 },
  {
    type: "news",
    offset: 0,
    count: 20,
    no_content: 1,
    begin_date: "2024-01-01",
    end_date: "2024-01-02",
  },
  {
    kf_account: "test1@test",
    nickname: "客服",
    openid: "OPENID",
    publish_id: "1",
    article_id: "A",
  },
  { openid: "OPENID", remark: "r", user_list: [{ openid: "OPENID", lang: "zh_CN" }], rid: "r" },
  {
    msg_data_id: 1,
    index: 0,
    begin: 0,
    count: 10,
    type: 0,
    cgi_path: "/cgi-bin/x",
    long_data: "l",
  },
];

const acts: readonly object[] = [
  { user: "alice", act: "text", text: "你好", menuItem: "1" },
  { user: "alice", act: "location", latitude: 1.5, longitude: 2, scale: 16, label: "x" },
  { user: "alice", act: "link", title: "t", description: "d", url: "http://a" },
  { user: "alice", act: "follow", scene: "s" },
  {
    user: "alice",
    act: "push",
    fields: { MsgType: "event", Event: "X", A: { B: ["c", { D: 1 }] } },
  },
  { name: "bob" },
  { mode: "plain", latency: 0, clear: "*" },
];

/** The simulated WeChat: its API, its phone, and its judgement of answers. */
export const simulatorTarget: Target = {
  name: "simulator",
  share: 5,
  async open() {
    // Nobody listens there: what a person does is delivered to nobody, at once.
    const cloud = new Cloud({ account, target: "http://127.0.0.1:9/", attempts: 1 });
    const { world } = cloud;
    const person = world.people.named("alice");
    const app = new Koa();
    app.use(phonePage(cloud));
    app.use(simulatedApi(world, () => {}));
    app.on("error", (error) => {
      if (!/^(HPE_|ECONNRESET|EPIPE)/.test(error?.code ?? "")) console.error(error);
    });
    const server = createServer(app.callback());
    const port = await listenHere(server);
    world.url = `http://127.0.0.1:${port}`;
    const paths = [...endpoints.keys(), "/connect/oauth2/authorize", "/cgi-bin/showqrcode"];
    const phone = [
      "/phone/act",
      "/phone/people",
      "/phone/media",
      "/phone/state",
      "/phone/settings",
    ];

    return {
      async run(random, trace) {
        if (random.chance(0.4)) {
          const answer = makeAnswer(random);
          trace.input = answer;
          const isEvent = random.chance(0.5);
          const { account } = world;
          const openid = "fromUser";
          const verdict = trace.time(() =>
            judge(
              { ...answer, body: Buffer.from(answer.body) },
              { account, openid, isEvent, hasMedia: () => true },
            ),
          );
          promised(["reply", "acknowledged", "fault"].includes(verdict.outcome), "no verdict");
          return;
        }
        const isPhone = random.chance(0.25);
        const path = random.pick(isPhone ? phone : paths);
        const json = mutateJson(random.pick(isPhone ? acts : bodies), random);
        const body = random.chance(0.2)
          ? upload(random)
          : Buffer.from(json.replaceAll("OPENID", person.openid));
        const query = asTarget(
          writeQuery(pairsFor(world.tokens.stable(false).value, random), random),
        );
        const target = random.chance(0.05) ? `${path}/${asTarget(nastyText(random))}` : path;
        const bytes = requestOf(`${target}?${query}`.slice(0, 12_000), body, isPhone, random);
        trace.input = { target, query, body: body.toString("utf8") };
        const answer = await trace.time(() => exchange(port, [bytes]));
        world.faults.clear();
        world.faults.latency = 0;
        world.faults.pushLatency = 0;
        const { status } = answer;
        promised(status >= 200 && status < 500, `the status is ${status}`);
        const type = answer.headers.get("content-type")?.[0] ?? "";
        if (status !== 200 || !type.includes("application/json")) return;
        // To HEAD there is none.
        if (answer.body !== "") JSON.parse(answer.body);
      },
      async close() {
        server.close();
        server.closeAllConnections();
        await cloud.settled();
      },
    };
  },
};

function pairsFor(token: string, random: Random) {
  const pairs = [
    ["access_token", token],
    ["type", random.pick(["image", "jsapi", "voice", "thumb", "video"])],
    ["openid", "o1"],
    ["appid", account.appId],
    ["secret", account.appSecret],
    ["grant_type", "client_credential"],
    ["redirect_uri", random.chance(0.5) ? "http://127.0.0.1/" : nastyText(random)],
    ["response_type", "code"],
    ["scope", "snsapi_base"],
    ["state", "s"],
    ["user", "alice"],
  ] as const;
  return random.chance(0.5) ? pairs : mutatePairs(pairs, random);
}

function requestOf(target: string, body: Buffer, isPhone: boolean, random: Random): Buffer {
  const type = random.chance(0.8)
    ? body.includes("Content-Disposition")
      ? "multipart/form-data; boundary=fuzz"
      : "application/json"
    : random.pick([
        "text/plain",
        "image/png",
        "multipart/form-data",
        "multipart/form-data; boundary=",
      ]);
  const method = isPhone || random.chance(0.7) ? "POST" : random.pick(["GET", "HEAD", "PUT"]);
  const head = `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

/** A form with a file, whose parts may not fit together. */
function upload(random: Random): Buffer {
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const name = random.chance(0.3) ? nastyText(random).replace(/[\r\n"]/g, "") : "a.png";
  const form = Buffer.concat([
    Buffer.from(
      `--fuzz\r\nContent-Disposition: form-data; name="media"; filename="${name}"\r\nContent-Type: image/png\r\n\r\n`,
    ),
    Buffer.from(png, "base64"),
    Buffer.from(
      '\r\n--fuzz\r\nContent-Disposition: form-data; name="description"\r\n\r\n{"title":"t"}\r\n--fuzz--\r\n',
    ),
  ]);
  return random.chance(0.6) ? mutateBytes(form, random) : form;
}

/** What a server may answer to a push: right, nearly right, or anything else. */
function makeAnswer(random: Random): { readonly status: number; readonly body: string } {
  const status = random.chance(0.95) ? 200 : random.pick([201, 302, 404, 500]);
  const xml = mutateXml(random.pick(documents), random);
  const way = random.below(4);
  if (way === 0) return { status, body: nastyText(random) };
  if (way === 1) return { status, body: xml };
  const sealed = encrypt(Buffer.from(xml), account.encodingAESKey, {
    random: random.bytes(16),
    appId: random.chance(0.9) ? account.appId : "wxother",
  });
  const nonce = random.chance(0.9) ? "1" : nastyText(random);
  const signature = sha1(account.token, String(seconds), nonce, sealed);
  const body = `<xml><Encrypt>${sealed}</Encrypt><MsgSignature>${signature}</MsgSignature><TimeStamp>${seconds}</TimeStamp><Nonce><![CDATA[${nonce}]]></Nonce></xml>`;
  return { status, body: way === 2 ? body : mutateXml(body, random) };
}
