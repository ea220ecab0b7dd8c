import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** What a program says of itself when it is ready. */
interface Hello {
  readonly version: string;
  /** Of a client. */
  readonly deeds?: readonly string[];
  /** Of a bot. */
  readonly port?: number;
}

/** How long an order may take, in milliseconds. */
const patience = 20_000;

/** A program of `software/`, with somebody else's library in it, in a process of its own. */
export class Outsider {
  readonly hello: Hello;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  /** What it complained of. */
  readonly #stderr: string[];

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    lines: AsyncIterator<string>,
    stderr: string[],
    hello: Hello,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.#stderr = stderr;
    this.hello = hello;
  }

  static async start(
    [program = "", ...words]: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<Outsider> {
    const child = spawn(program, words, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const stderr: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (text: string) => stderr.push(text));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${words.at(-1)} did not start: ${stderr.join("")}`);
    return new Outsider(child, lines, stderr, JSON.parse(value) as Hello);
  }

  /** Has a client do something; rejects with what the library says of a failure. */
  async ask<Value = unknown>(deed: string, ...given: readonly unknown[]): Promise<Value> {
    this.#child.stdin.write(`${JSON.stringify({ deed, given })}\n`);
    const timer = setTimeout(() => this.#child.kill(), patience);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    if (done === true) throw new Error(`It is gone: ${this.#stderr.join("")}`);
    const answer = JSON.parse(value) as { readonly value?: Value; readonly error?: string };
    // The id of a request is another one each time.
    if (answer.error !== undefined) throw new Error(answer.error.replace(/ rid: [\w-]+$/, ""));
    return answer.value as Value;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill();
    await once(this.#child, "exit");
  }
}
