/** What docs/contributing/recipes.md asks for and nothing else would notice. */
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { Areas } from "../src/api/areas.js";
import type { Http } from "../src/api/transport/http.js";
import { errorCodes } from "../src/errors.js";
import { eventTypes } from "../src/message/events.js";
import { endpoints as played } from "../src/simulator/api/endpoints.js";
import { account } from "./api/endpoints/account.js";
import { content } from "./api/endpoints/content.js";
import { messages } from "./api/endpoints/messages.js";
import { people } from "./api/endpoints/people.js";
import { pictures } from "./api/endpoints/pictures.js";
import { statistics } from "./api/endpoints/statistics.js";

const tried = new Set(
  [...messages, ...content, ...people, ...account, ...statistics, ...pictures].map(
    ({ path }) => path,
  ),
);
/** Understanding, speech and cards, which the simulated WeChat does not play. */
const notPlayed = [
  "/cgi-bin/media/voice/addvoicetorecofortext",
  "/cgi-bin/media/voice/queryrecoresultfortext",
  "/cgi-bin/media/voice/translatecontent",
  "/datacube/getcardbizuininfo",
  "/datacube/getcardcardinfo",
  "/datacube/getcardmembercarddetail",
  "/datacube/getcardmembercardinfo",
  "/semantic/semproxy/search",
];
/** Called by no method of an area: tokens and tickets, and what a download of media chooses. */
const triedElsewhere = [
  "/cgi-bin/media/get/jssdk",
  "/cgi-bin/stable_token",
  "/cgi-bin/ticket/getticket",
  "/cgi-bin/token",
];
const sources = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [`${folder}/${file}`, readFileSync(`${folder}/${file}`, "utf8")] as const);

describe("docs/contributing/recipes.md: an endpoint that is added", () => {
  it("is called in a test of its request and its answer", () => {
    const called = sources("src/api").flatMap(([, text]) =>
      [
        ...text.matchAll(
          /["`](\/(?:cgi-bin|customservice|cv|datacube|publisher|semantic|sns|wxa|wxaapi)\/[\w/]*\w)["`?]/g,
        ),
      ].map(([, path]) => path as string),
    );
    expect(called.length).to.be.greaterThan(100);
    const untried = new Set(called.filter((path) => !tried.has(path)));
    expect([...untried].toSorted()).to.deep.equal(triedElsewhere);
  });

  it("is played by the simulated WeChat", () => {
    const missing = [...tried].filter((path) => !played.has(path));
    expect(missing.toSorted()).to.deep.equal(notPlayed);
  });
});

describe("docs/contributing/recipes.md: an area that is added", () => {
  const areas = Object.keys(new Areas({} as Http, { appId: "wx1", appSecret: "s" }));
  const pages = [
    "README.md",
    "README.zh-CN.md",
    "docs/server-apis.md",
    "docs/server-apis.zh-CN.md",
  ];

  for (const file of [...pages, "llms.txt"]) {
    it(`is listed in ${file}`, () => {
      const rows = /^\| ((?:`\w+`[,、]? ?)+)\||^Areas: `([^`]+)`/gm;
      const listed = [...readFileSync(file, "utf8").matchAll(rows)].flatMap(
        ([, cell, line]) => (cell ?? line)?.match(/\w+/g) ?? [],
      );
      expect(areas.length).to.be.greaterThan(20);
      expect(areas.filter((area) => !listed.includes(area))).to.deep.equal([]);
    });
  }
});

describe("docs/contributing/recipes.md: an event that is added", () => {
  it("stands in the reference", () => {
    const reference = readFileSync("docs/reference/message.md", "utf8");
    expect(eventTypes.length).to.be.greaterThan(70);
    expect(eventTypes.filter((name) => !reference.includes(`${name}:`))).to.deep.equal([]);
  });
});

describe("docs/contributing/recipes.md: an error code that is added", () => {
  it("is thrown", () => {
    const code = sources("src")
      .filter(([file]) => file !== "src/errors.ts")
      .map(([, text]) => text)
      .join("\n");
    // Thrown by classes of src/errors.ts, whose code is that unless they are given another.
    const byClass = ["WX_HANDLER", "WX_REPLY"];
    const unused = Object.keys(errorCodes).filter((name) => !new RegExp(`"${name}"`).test(code));
    expect(unused.filter((name) => !byClass.includes(name))).to.deep.equal([]);
  });
});
