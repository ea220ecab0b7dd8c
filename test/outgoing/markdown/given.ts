import { markdown } from "../../../src/outgoing/markdown/index.js";

/** What a text that comes letter by letter is given in, each part behind the number of the line that had come by then. */
export async function givenOf(text: string): Promise<readonly string[]> {
  const given: string[] = [];
  let written = "";
  async function* model() {
    for (const sign of text) {
      written += sign;
      yield sign;
    }
  }
  const info = { way: "send", openid: "o1", ctx: undefined } as const;
  for await (const part of markdown().stream(model(), info)) {
    given.push(`${written.split("\n").length}:${part}`);
  }
  return given;
}
