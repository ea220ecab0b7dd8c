/** Markdown, as language models write it, as text that reads well in WeChat. */

export { type MarkdownHook, markdown, markdownToText } from "./markdown.js";
export type { MarkdownOptions } from "./style.js";
