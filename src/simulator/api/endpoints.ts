import { agentEndpoints } from "./agents.js";
import type { Endpoint } from "./call.js";
import { customerEndpoints } from "./customer.js";
import { draftEndpoints } from "./drafts.js";
import { massEndpoints } from "./mass.js";
import { materialEndpoints } from "./material.js";
import { mediaEndpoints } from "./media.js";
import { menuEndpoints } from "./menus.js";
import { networkEndpoints } from "./network.js";
import { pictureEndpoints } from "./pictures.js";
import { publisherEndpoints } from "./publisher.js";
import { publishingEndpoints } from "./publishing.js";
import { qrcodeEndpoints } from "./qrcodes.js";
import { quotaEndpoints } from "./quota.js";
import { snsEndpoints } from "./sns.js";
import { statisticsEndpoints } from "./statistics.js";
import { subscriptionEndpoints } from "./subscriptions.js";
import { tagEndpoints } from "./tags.js";
import { templateEndpoints } from "./templates.js";
import { tokenEndpoints } from "./tokens.js";
import { userEndpoints } from "./users.js";

/** Everything that can be called, by path. */
export const endpoints: ReadonlyMap<string, Endpoint> = new Map(
  Object.entries({
    ...tokenEndpoints,
    ...customerEndpoints,
    ...templateEndpoints,
    ...subscriptionEndpoints,
    ...massEndpoints,
    ...menuEndpoints,
    ...mediaEndpoints,
    ...materialEndpoints,
    ...draftEndpoints,
    ...publishingEndpoints,
    ...userEndpoints,
    ...tagEndpoints,
    ...qrcodeEndpoints,
    ...agentEndpoints,
    ...networkEndpoints,
    ...statisticsEndpoints,
    ...publisherEndpoints,
    ...pictureEndpoints,
    ...snsEndpoints,
    ...quotaEndpoints((path) => endpoints.has(path)),
  }),
);
