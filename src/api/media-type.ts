/** A kind of file. */
export type MediaType = "image" | "voice" | "video" | "thumb";
