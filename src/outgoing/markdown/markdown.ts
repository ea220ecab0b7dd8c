import type { Outgoing, OutgoingHook } from "../hooks.js";
import { Conversion } from "./conversion.js";
import { type MarkdownOptions, type Style, styleOf } from "./style.js";

/** A hook for `wx.outgoing()` that also maps streams. */
export type MarkdownHook = OutgoingHook & Required<Pick<OutgoingHook, "stream">>;

/**
 * Makes texts of what language models write: Markdown becomes what WeChat shows, which is text, links,
 * line breaks and emoji. Every word is kept, and every link can be tapped. Give it to
 * `wx.outgoing()`, where it converts text replies and streams; of a stream, each paragraph, item or
 * fence as soon as it is complete.
 *
 * ```ts
 * wx.outgoing(markdown());
 * wx.outgoing(markdown({ heading: (text) => `■ ${text}` }));
 * ```
 *
 * Throws a ConfigError for options that there are not.
 */
export function markdown(options: MarkdownOptions = {}): MarkdownHook {
  const style = styleOf(options);
  return Object.assign(
    function markdown(...[reply]: Parameters<OutgoingHook>) {
      if (reply.type !== "text") return reply;
      return { ...reply, content: convert(reply.content, style) };
    },
    { stream: (parts: AsyncIterable<string>, _info?: Outgoing) => mapped(parts, style) },
  );
}

/** The same for a text at hand. Throws a ConfigError for options that there are not. */
export function markdownToText(text: string, options: MarkdownOptions = {}): string {
  return convert(text, styleOf(options));
}

function convert(text: string, style: Style): string {
  const conversion = new Conversion(style);
  return conversion.push(text) + conversion.end();
}

async function* mapped(parts: AsyncIterable<string>, style: Style): AsyncGenerator<string, void> {
  const conversion = new Conversion(style);
  for await (const part of parts) {
    const text = conversion.push(part);
    if (text !== "") yield text;
  }
  const rest = conversion.end();
  if (rest !== "") yield rest;
}
