import { type Call, type Endpoints, integerOf, isFields, objectOf, ok, textOf } from "../call.js";
import { refuse } from "../refusal.js";

/** The longest life of a code or a short key, in seconds: 30 days. */
const longest = 2_592_000;
const mostPermanent = 100_000;

/** QR codes and short keys. Source: 「生成带参数的二维码」, 「短key托管」. */
export const qrcodeEndpoints: Endpoints = {
  "/cgi-bin/qrcode/create": { method: "POST", run: create },
  "/cgi-bin/shorten/gen": {
    method: "POST",
    run({ world, body }) {
      const text = textOf(body, "long_data");
      if (text === "" || Buffer.byteLength(text) > 4096) refuse(40035);
      const seconds = integerOf(body, "expire_seconds", [1, longest], longest);
      return { ...ok, short_key: world.shortKeys.add(text, seconds * 1000) };
    },
  },
  "/cgi-bin/shorten/fetch": {
    method: "POST",
    run({ world, body }) {
      const stored = world.shortKeys.find(textOf(body, "short_key"));
      if (stored === undefined) refuse(40035, "invalid short_key");
      return {
        ...ok,
        long_data: stored.text,
        create_time: Math.floor(stored.createdAt / 1000),
        expire_seconds: Math.ceil((stored.until - world.clock.now()) / 1000),
      };
    },
  },
};

function create({ world, body }: Call) {
  const action = textOf(body, "action_name");
  const info = objectOf(body, "action_info", 40053);
  const { scene } = info;
  if (!isFields(scene)) refuse(40053);
  const permanent = action.startsWith("QR_LIMIT_");
  const isNumber = action === "QR_SCENE" || action === "QR_LIMIT_SCENE";
  if (!isNumber && action !== "QR_STR_SCENE" && action !== "QR_LIMIT_STR_SCENE") refuse(40052);
  if (isNumber)
    integerOf(scene, "scene_id", [1, permanent ? 100_000 : 0xffff_ffff], undefined, 40053);
  const value = textOf(scene, isNumber ? "scene_id" : "scene_str");
  if (value === "" || [...value].length > 64) refuse(40053);
  if (permanent) {
    if (world.qrcodes.permanent >= mostPermanent) refuse(40053);
    const { ticket, url } = world.qrcodes.create(value, isNumber);
    return { ticket, url };
  }
  const expire_seconds = integerOf(body, "expire_seconds", [1, longest], 60);
  const { ticket, url } = world.qrcodes.create(value, isNumber, expire_seconds * 1000);
  return { ticket, expire_seconds, url };
}
