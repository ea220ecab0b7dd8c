import type { ModelOptions } from "./model.js";
import { startStandIn } from "./stand-in.js";

const { OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL, AI_PATIENCE, SCALE } = process.env;

/** Makes every second shorter, for tests. */
export const scale = Number(SCALE || 1);

/** Where the model is, from the environment; a stand-in on this machine where there is neither a key nor an address. */
export const model: ModelOptions = {
  baseUrl:
    OPENAI_BASE_URL?.replace(/\/+$/, "") ||
    (OPENAI_API_KEY ? "https://api.openai.com/v1" : await startStandIn(scale)),
  apiKey: OPENAI_API_KEY || "none",
  model: OPENAI_MODEL || "gpt-4o-mini",
  patience: Number(AI_PATIENCE || 60) * 1000 * scale,
};
