import { textLimit } from "../message/reply.js";

/** Whether a text is short enough for a reply. */
export function fits(text: string, limit = textLimit): boolean {
  // No UTF-16 unit takes more than three bytes of UTF-8.
  return text.length * 3 <= limit || Buffer.byteLength(text) <= limit;
}

/** The longest beginning that fits, with an ellipsis, cut between two characters that a reader sees. */
export function truncate(text: string, limit = textLimit): string {
  const ellipsis = "…";
  let room = limit - Buffer.byteLength(ellipsis);
  let end = 0;
  // The limit in bytes is one in units too, and keeps the segmenter off a huge text.
  for (const { segment, index } of new Intl.Segmenter().segment(text.slice(0, limit))) {
    room -= Buffer.byteLength(segment);
    if (room < 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end) + ellipsis;
}
