import type { Target } from "./fuzz.js";
import { receiveTarget } from "./targets/receive.js";
import { xmlTarget } from "./targets/xml.js";

/** Everything that is fuzzed. */
export const targets: readonly Target[] = [xmlTarget, receiveTarget];
