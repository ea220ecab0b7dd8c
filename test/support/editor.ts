import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** A place in a text: lines and columns, from 0. */
interface Place {
  readonly line: number;
  readonly character: number;
}

interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: Place };
}

/**
 * What an editor shows of a user's TypeScript file: it asks the language server of TypeScript, as
 * VS Code does, about a file that imports koa-wx.
 */
export class Editor {
  readonly #folder = mkdtempSync(join(tmpdir(), "koa-wx-editor-"));
  readonly #server: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (answer: { result?: unknown; error?: unknown }) => void>();
  readonly #text: string;
  readonly #uri: string;
  #received = Buffer.alloc(0);
  #asked = 0;

  private constructor(server: string, text: string) {
    this.#text = text;
    symlinkSync(resolve("node_modules"), join(this.#folder, "node_modules"));
    const config = {
      extends: resolve("tsconfig.json"),
      compilerOptions: {
        typeRoots: [resolve("node_modules/@types")],
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
      include: ["*.ts"],
    };
    this.#write("package.json", '{ "type": "module" }');
    this.#write("tsconfig.json", JSON.stringify(config));
    this.#uri = pathToFileURL(this.#write("bot.ts", text)).href;
    this.#server = spawn(server, ["--lsp", "--stdio"]);
    this.#server.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  static async open(text: string): Promise<Editor> {
    // Untyped, and the one way to the program that `tsc` runs.
    const { default: serverPath } = (await import(
      pathToFileURL(resolve("node_modules/typescript/lib/getExePath.js")).href
    )) as { default: () => string };
    const editor = new Editor(serverPath(), text);
    const hover = { contentFormat: ["markdown"] };
    await editor.#ask("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(editor.#folder).href,
      capabilities: { textDocument: { hover, diagnostic: {} } },
    });
    editor.#send({ method: "initialized", params: {} });
    const document = { uri: editor.#uri, languageId: "typescript", version: 1, text };
    editor.#send({ method: "textDocument/didOpen", params: { textDocument: document } });
    return editor;
  }

  /** What is wrong in each line, as the compiler says it, by the line's text. */
  async problems(): Promise<ReadonlyMap<string, readonly string[]>> {
    const { items } = (await this.#ask("textDocument/diagnostic", {
      textDocument: { uri: this.#uri },
    })) as { items: readonly Diagnostic[] };
    const found = new Map<string, string[]>();
    const lines = this.#text.split("\n");
    for (const { message, range } of items) {
      const line = lines[range.start.line] ?? "";
      found.set(line, [...(found.get(line) ?? []), message]);
    }
    return found;
  }

  /** What is shown over the first `word` in the line that begins with `line`: the declaration, and the comment. */
  async hover(line: string, word: string): Promise<{ declaration: string; comment: string }> {
    const found = (await this.#ask("textDocument/hover", this.#at(line, word))) as {
      contents: { value: string };
    };
    const [, declaration = "", comment = ""] =
      /^```typescript\n(.*?)\n```\n(.*)$/s.exec(found.contents.value) ?? [];
    return { declaration: declaration.replace(/\s+/g, " "), comment };
  }

  /** The names that are offered behind the first `before` in the line that begins with `line`. */
  async completions(line: string, before: string): Promise<readonly string[]> {
    const { textDocument, position } = this.#at(line, before);
    const character = position.character + before.length;
    const list = (await this.#ask("textDocument/completion", {
      textDocument,
      position: { ...position, character },
    })) as { items: readonly { readonly label: string }[] } | null;
    return (list?.items ?? []).map(({ label }) => label.replace(/\?$/, ""));
  }

  close(): void {
    this.#server.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #at(beginning: string, word: string) {
    const lines = this.#text.split("\n");
    const line = lines.findIndex((text) => text.startsWith(beginning));
    const character = lines[line]?.indexOf(word) ?? -1;
    if (character < 0) throw new Error(`There is no ${word} in a line ${beginning}`);
    return { textDocument: { uri: this.#uri }, position: { line, character } };
  }

  #write(file: string, text: string): string {
    const path = join(this.#folder, file);
    writeFileSync(path, text);
    return path;
  }

  #send(message: object): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#asked;
    this.#send({ id, method, params });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) =>
        error === undefined ? resolve(result) : reject(new Error(JSON.stringify(error))),
      );
    });
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const head = this.#received.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(
        /Content-Length: (\d+)/.exec(this.#received.toString("latin1", 0, head))?.[1],
      );
      const end = head + 4 + length;
      if (this.#received.length < end) return;
      const message = JSON.parse(this.#received.toString("utf8", head + 4, end));
      this.#received = this.#received.subarray(end);
      // The server asks for settings, too: it gets none.
      if (message.method !== undefined) {
        if (message.id !== undefined) this.#send({ id: message.id, result: null });
        continue;
      }
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    }
  }
}
