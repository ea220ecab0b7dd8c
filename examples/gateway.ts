/**
 * The gateway: a token server (中控服务器) and an API proxy (API-Proxy) in one process, the only one that
 * knows the AppSecret. The service "shop" gets tokens; "crm" has none and calls through the proxy.
 *
 *   npx tsx examples/gateway.ts
 *
 * Settings come from the environment: PORT, WECHAT_APP_ID, WECHAT_APP_SECRET, WECHAT_API_BASE_URL (a
 * simulated WeChat, for example), GATEWAY_SHOP_SECRET and GATEWAY_CRM_SECRET (openssl rand -hex 32),
 * and REDIS_URL, with which several gateways work as one.
 */
import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import Koa from "koa";
import { apiProxy, createClient, MemoryStore, RedisStore, tokenServer } from "koa-wx";
import { account } from "./local.js";

const { PORT, REDIS_URL, GATEWAY_SHOP_SECRET, GATEWAY_CRM_SECRET, WECHAT_API_BASE_URL } =
  process.env;

const redis = REDIS_URL ? new Redis(REDIS_URL) : undefined;
redis?.on("error", (error) => console.error(error.message));
const store = redis ? new RedisStore(redis) : new MemoryStore();

const { appId, appSecret } = account;
const baseUrl = WECHAT_API_BASE_URL || "https://api.weixin.qq.com";

const gateway = {
  accounts: [createClient({ appId, appSecret, baseUrl, store })],
  clients: {
    shop: { secret: GATEWAY_SHOP_SECRET || "local-secret-of-shop-0123456789abcdef", tokens: true },
    crm: {
      secret: GATEWAY_CRM_SECRET || "local-secret-of-crm-0123456789abcdef0",
      paths: ["/cgi-bin/user/info", "/cgi-bin/message/custom/*", "/cgi-bin/media/*"],
      rate: { points: 100, duration: 60 },
    },
  },
  store,
  ...(redis ? { redis } : {}),
  audit: (event: object) => console.log(JSON.stringify(event)),
};

const app = new Koa();
app.use(tokenServer(gateway));
app.use(apiProxy({ ...gateway, baseUrl }));

const server = app.listen(Number(PORT ?? 3000), () => {
  const { port } = server.address() as AddressInfo;
  console.log(`Listening on http://localhost:${port}

Try it:

export GATEWAY_URL=http://localhost:${port} GATEWAY_CLIENT=crm GATEWAY_SECRET=…
sh examples/gateway-client.sh GET '/proxy/${appId}/cgi-bin/user/info?openid=OPENID'
`);
});
const stop = () => {
  server.close();
  redis?.disconnect();
};
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
