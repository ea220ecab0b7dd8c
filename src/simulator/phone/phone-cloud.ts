import type { Act } from "../pushes/acts.js";
import type { SimulatedAccount } from "../world/account.js";
import type { PushRecord } from "../world/journal.js";
import type { AccountKind } from "../world/kinds.js";
import type { Person } from "../world/people.js";
import type { World } from "../world/world.js";

/** What the page needs of the simulated WeChat. */
export interface PhoneCloud {
  readonly world: World;
  /** 消息加解密方式; throws a WechatError when there is no key for it. */
  mode: SimulatedAccount["mode"];
  kind: AccountKind;
  act(person: Person, act: Act): Promise<PushRecord | undefined>;
  /** The server address (服务器地址) of the bot. */
  readonly target: string;
}
