import type { Target } from "./fuzz.js";
import { apiTarget } from "./targets/api.js";
import { dialogueTarget } from "./targets/dialogue.js";
import { gatewayTarget } from "./targets/gateway.js";
import { httpTarget, socketTarget } from "./targets/http.js";
import { oauthTarget } from "./targets/oauth.js";
import { parsedTarget } from "./targets/parsed.js";
import { receiveTarget } from "./targets/receive.js";
import { replayTarget } from "./targets/replay.js";
import { sealedTarget } from "./targets/sealed.js";
import { simulatorTarget } from "./targets/simulator.js";
import { storeTarget } from "./targets/store.js";
import { tenantsTarget } from "./targets/tenants.js";
import { xmlTarget } from "./targets/xml.js";

/** Everything that is fuzzed; the shares add up to a hundred. */
export const targets: readonly Target[] = [
  xmlTarget,
  receiveTarget,
  parsedTarget,
  apiTarget,
  httpTarget,
  socketTarget,
  oauthTarget,
  gatewayTarget,
  simulatorTarget,
  sealedTarget,
  replayTarget,
  tenantsTarget,
  storeTarget,
  dialogueTarget,
];
