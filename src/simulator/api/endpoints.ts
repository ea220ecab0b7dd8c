import type { Endpoint } from "./call.js";
import { agentEndpoints } from "./endpoints/agents.js";
import { customerEndpoints } from "./endpoints/customer.js";
import { draftEndpoints } from "./endpoints/drafts.js";
import { massEndpoints } from "./endpoints/mass.js";
import { materialEndpoints } from "./endpoints/material.js";
import { mediaEndpoints } from "./endpoints/media.js";
import { menuEndpoints } from "./endpoints/menus.js";
import { networkEndpoints } from "./endpoints/network.js";
import { pictureEndpoints } from "./endpoints/pictures.js";
import { publisherEndpoints } from "./endpoints/publisher.js";
import { publishingEndpoints } from "./endpoints/publishing.js";
import { qrcodeEndpoints } from "./endpoints/qrcodes.js";
import { quotaEndpoints } from "./endpoints/quota.js";
import { snsEndpoints } from "./endpoints/sns.js";
import { statisticsEndpoints } from "./endpoints/statistics.js";
import { subscriptionEndpoints } from "./endpoints/subscriptions.js";
import { tagEndpoints } from "./endpoints/tags.js";
import { templateEndpoints } from "./endpoints/templates.js";
import { tokenEndpoints } from "./endpoints/tokens.js";
import { userEndpoints } from "./endpoints/users.js";

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
