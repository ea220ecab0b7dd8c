import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { doors, withLibrary, withoutDoor } from "../../scripts/declarations.js";

const folder = "docs/reference";
const read = (page: string) => readFileSync(join(folder, page), "utf8");
const headingsOf = (page: string) =>
  [...read(page).matchAll(/^## (\w+)$/gm)].map(([, name = ""]) => name.toLowerCase());

describe("docs/reference: the API reference", function () {
  this.timeout(30_000);

  it("is that of the code; `npm run docs` writes it", async () => {
    const command = ["scripts/reference.js", "--check"];
    const stale = await promisify(execFile)(process.execPath, command).catch(
      (error: { stderr: string }) => error.stderr,
    );
    expect(stale).not.to.be.a("string", String(stale));
  });

  it("says of every name what it is, and links to where it is declared", () => {
    const rows = [...read("README.md").matchAll(/^\| \[`(\w+)`\]\((\S+)\) \|(.*)\|$/gm)];
    expect(rows.length).to.be.above(200);
    for (const [, name = "", address = "", what = ""] of rows) {
      expect(what.trim(), `${name} has no doc comment`).not.to.equal("");
      const [page = "", heading] = address.split("#");
      expect(existsSync(join(folder, page)), address).to.equal(true);
      expect(headingsOf(page), address).to.include(heading);
    }
  });

  it("links only to what is there", () => {
    for (const page of readdirSync(folder)) {
      for (const [, to = "", heading = ""] of read(page).matchAll(/\]\((\w+\.md)#(\w+)\)/g)) {
        expect(headingsOf(to), `${page} → ${to}`).to.include(heading);
      }
    }
  });
});

describe("package.json: the doors of the package", function () {
  this.timeout(30_000);
  const all = doors();
  /** The doors of a name, by where what it stands for is declared. */
  const names = new Map<string, Map<string, string[]>>();
  let missing: readonly string[];

  before(() => {
    missing = withLibrary((library) => {
      for (const { title, exports } of all) {
        for (const { name, path } of exports) {
          const place = library.find(name, path);
          const declared = `${place?.path}#${place?.name}`;
          const places = names.get(name) ?? new Map<string, string[]>();
          places.set(declared, [...(places.get(declared) ?? []), title]);
          names.set(name, places);
        }
      }
      return withoutDoor(library).map(({ name, path, by }) => `${name} of ${path}, for ${by}`);
    });
    expect(names.size).to.be.above(300);
  });

  it("are six, and what is for every day has under eighty names", () => {
    expect(all.map(({ title }) => title)).to.deep.equal([
      "koa-wx",
      "koa-wx/api",
      "koa-wx/gateway",
      "koa-wx/markdown",
      "koa-wx/testing",
      "koa-wx/types",
    ]);
    expect(all[0]?.exports.length).to.be.within(50, 79);
  });

  it("say in a sentence what is behind them", () => {
    expect(all.filter(({ about }) => !/^[A-Z].*\.$/.test(about))).to.deep.equal([]);
  });

  it("let out no name that stands for two things", () => {
    const ambiguous = [...names].filter(([, places]) => places.size > 1);
    expect(ambiguous.map(([name, places]) => [name, ...places.keys()])).to.deep.equal([]);
  });

  it("let out each thing once, but for what is in everyday use", () => {
    const twice = [...names].filter(([, places]) => [...places.values()].flat().length > 1);
    const everyDay = ["ApiError", "Client", "ReceivedFile", "createClient"];
    expect(twice.map(([name]) => name).toSorted()).to.deep.equal(everyDay);
  });

  it("let out every interface and class that their signatures are made of", () => {
    expect(missing).to.deep.equal([]);
  });
});

describe("docs/reference: times that users give and get", () => {
  interface Member {
    readonly name: string;
    readonly said: string;
    readonly page: string;
  }

  /** Every member that is a number or takes one, with what is said above it. */
  const members = readdirSync(folder).flatMap((page) =>
    read(page)
      .split(/^## /m)
      .slice(1)
      .flatMap((section): Member[] => {
        const [owner = ""] = section.split("\n", 1);
        const found: Member[] = [];
        let said = "";
        for (const line of section.split("\n")) {
          if (/^ *(?:\/\*\*|\*(?!\/))/.test(line)) said = line.includes("/**") ? line : said + line;
          else if (!/^ *\*\/$/.test(line)) {
            const [, name] = /^ +(?:readonly )?(?:get )?(\w+)\??[:(<].*\bnumber\b/.exec(line) ?? [];
            if (name !== undefined) found.push({ name: `${owner}.${name}`, said, page });
            said = "";
          }
        }
        return found;
      }),
  );

  /** What WeChat defines, and what it or a client of the gateway signs. */
  const inSeconds = {
    "BlockedMessage.send_timestamp": "WeChat's field",
    "Envelope.CreateTime": "WeChat's field",
    "EnvelopeOptions.maxAge": "the age of a timestamp, which is signed in seconds",
    "Expires.ExpiredTime": "WeChat's field",
    "Failed.FailTime": "WeChat's field",
    "Follower.subscribe_time": "WeChat's field",
    "GatewayOptions.maxAge": "the age of a timestamp, which is signed in seconds",
    "JssdkSignature.timestamp": "signed for the page, as WeChat's script takes it",
    "LongData.expire_seconds": "WeChat's field",
    "Qrcode.expire_seconds": "WeChat's field",
    "QrcodeRequest.expire_seconds": "WeChat's field",
    "Quota.refresh_second": "WeChat's field",
    "RecordedRequest.invoke_time": "WeChat's field",
    "UploadedMedia.created_at": "WeChat's field",
    "UserToken.expires_in": "WeChat's field",
  };

  it("are in milliseconds, except for what WeChat defines or is signed", () => {
    expect(members.length).to.be.above(300);
    const seconds = members
      .filter(({ name, said }) => /seconds?$/i.test(name) || isInSeconds(said))
      .map(({ name }) => name);
    expect([...new Set(seconds)].toSorted()).to.deep.equal(Object.keys(inSeconds));
  });

  it("say so, wherever they are ours", () => {
    const times =
      /\.(?:ttl|timeout|wait|window|block|life|lease|duration|refresh|maxRun|patience|ms|at|until|lastSeen|subscribeTime|createdAt|retryAfter|latency)$/i;
    const ours = members.filter(({ name, page }) => times.test(name) && page !== "message.md");
    expect(ours.length).to.be.above(20);
    const silent = ours.filter(({ said }) => !/\bmilliseconds\b/i.test(said));
    expect(silent.map(({ name }) => name)).to.deep.equal([]);
  });
});

/** Whether a comment gives seconds as the unit: “WeChat's five seconds” is none. */
const isInSeconds = (said: string) =>
  !/\bmilliseconds\b/i.test(said) && /\b(?:in|many) seconds\b|\/\*\* Seconds\b/i.test(said);
