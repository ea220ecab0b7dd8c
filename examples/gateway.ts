/**
 * The gateway: a token server (中控服务器) and an API proxy (API-Proxy) in one process, the only one that
 * knows the AppSecret. The service "shop" gets tokens; "crm" has none and calls through the proxy.
 *
 *   npx tsx examples/gateway.ts
 *
 * Settings come from the environment: HOST and PORT (127.0.0.1 and 3000), WECHAT_APP_ID,
 * WECHAT_APP_SECRET, WECHAT_API_BASE_URL (a simulated WeChat, for example), GATEWAY_SHOP_SECRET and
 * GATEWAY_CRM_SECRET (openssl rand -hex 32), and REDIS_URL, with which several gateways work as one.
 * A service without a secret is not served; without an account, both get secrets of this run.
 */
import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import Koa from "koa";
import { createClient, MemoryStore, RedisStore } from "koa-wx";
import { apiProxy, type GatewayClient, tokenServer } from "koa-wx/gateway";
import { account } from "./local.js";

const { HOST, PORT, REDIS_URL, WECHAT_API_BASE_URL } = process.env;
const { WECHAT_APP_ID, WECHAT_APP_SECRET, GATEWAY_SHOP_SECRET, GATEWAY_CRM_SECRET } = process.env;

const redis = REDIS_URL ? new Redis(REDIS_URL) : undefined;
redis?.on("error", (error) => console.error(error.message));
const store = redis ? new RedisStore(redis) : new MemoryStore();

const { appId, appSecret } = account;
const baseUrl = WECHAT_API_BASE_URL || "https://api.weixin.qq.com";

/** A secret that stands in this file would be everybody's. */
const ofThisRun =
  WECHAT_APP_ID || WECHAT_APP_SECRET ? undefined : () => randomBytes(32).toString("hex");
const shop = GATEWAY_SHOP_SECRET || ofThisRun?.();
const crm = GATEWAY_CRM_SECRET || ofThisRun?.();
if (!shop && !crm) {
  console.error("Set GATEWAY_SHOP_SECRET, GATEWAY_CRM_SECRET or both: openssl rand -hex 32");
  process.exit(1);
}

const clients: Record<string, GatewayClient> = {
  ...(shop ? { shop: { secret: shop, tokens: true } } : {}),
  ...(crm
    ? {
        crm: {
          secret: crm,
          paths: ["/cgi-bin/user/info", "/cgi-bin/message/custom/*", "/cgi-bin/media/*"],
          rate: { points: 100, window: 60_000 },
        },
      }
    : {}),
};

const gateway = {
  accounts: [createClient({ appId, appSecret, baseUrl, store })],
  clients,
  store,
  ...(redis ? { redis } : {}),
  audit: (event: object) => console.log(JSON.stringify(event)),
};

const app = new Koa();
app.use(tokenServer(gateway));
app.use(apiProxy({ ...gateway, baseUrl }));

const server = app.listen(Number(PORT ?? 3000), HOST || "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(`Listening on http://localhost:${port} for ${Object.keys(clients).join(" and ")}

Try it:

export GATEWAY_URL=http://localhost:${port} GATEWAY_CLIENT=crm GATEWAY_SECRET=${GATEWAY_CRM_SECRET ? "…" : (crm ?? "…")}
sh examples/gateway-client.sh GET '/proxy/${appId}/cgi-bin/user/info?openid=OPENID'
`);
});
const stop = () => {
  server.close();
  redis?.disconnect();
};
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
