/**
 * A stand-in for a language model, on this machine, for whoever has no key: it speaks the same
 * protocol and says what it was asked. Some words show what can happen: 「慢 20」 takes 20 seconds,
 * 「长」 is long, 「失败」 fails, 「中断」 breaks off, 「挂起」 never answers.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Part, Turn } from "./model.js";

/** Starts it; resolves to the base URL. It ends with the process. */
export async function startStandIn(scale: number): Promise<string> {
  const server = createServer((request, response) => {
    answer(request, response, scale).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

async function answer(request: IncomingMessage, response: ServerResponse, scale: number) {
  request.setEncoding("utf8");
  let body = "";
  for await (const text of request) body += text;
  const { messages } = JSON.parse(body) as { messages: readonly Turn[] };
  const asked = messages.filter(({ role }) => role === "user");
  const content = asked.at(-1)?.content ?? "";
  const question = typeof content === "string" ? content : content.map(shown).join("");

  if (question.includes("失败")) return void response.writeHead(500).end();
  response.writeHead(200, { "Content-Type": "text/event-stream", Connection: "close" });
  response.flushHeaders();
  if (question.includes("挂起")) return;

  const seconds = Number(/慢\s*(\d+)/.exec(question)?.[1] ?? 0);
  const pieces = sentences(question, asked.length).match(/.{1,8}/gsu) ?? [];
  for (const [index, content] of pieces.entries()) {
    if (question.includes("中断") && index === 3) return void response.destroy();
    await sleep((seconds * 1000 * scale) / pieces.length);
    if (response.destroyed) return;
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`);
  }
  response.end("data: [DONE]\n\n");
}

/** A part of a message, in words. */
function shown(part: Part): string {
  return part.type === "text" ? part.text : `（图片 ${part.image_url.url.slice(0, 60)}）`;
}

function sentences(question: string, turn: number): string {
  const first = `这是本地替身的第 ${turn} 个回答。你说的是：“${question}”。`;
  const more = "设置 OPENAI_BASE_URL、OPENAI_API_KEY 和 OPENAI_MODEL 后，由真正的模型回答。";
  const filler = (_: unknown, index: number) => `第 ${index + 1} 句：长回答会分成几条消息。`;
  return (
    first + more + (question.includes("长") ? Array.from({ length: 80 }, filler).join("") : "")
  );
}
