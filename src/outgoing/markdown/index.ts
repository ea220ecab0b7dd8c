export { type MarkdownHook, markdown, markdownToText } from "./markdown.js";
export type { MarkdownOptions } from "./style.js";
