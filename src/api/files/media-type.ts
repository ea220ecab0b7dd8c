import type { Spelt } from "../../spelling.js";

/** A kind of file. */
export type MediaType = Spelt<"image" | "voice" | "video" | "thumb">["out"];
