import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { XMLParser } from "fast-xml-parser";
import { type Element, xml2js } from "xml-js";
import { RequestError } from "../../../src/errors.js";
import { scan } from "../../../src/wire/xml/scan.js";
import { cdata, parseXml } from "../../../src/wire/xml/xml.js";

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

/** Parses hostile input: it must be refused with 400, and at once. */
const refused = (source: string): string => {
  const begun = performance.now();
  try {
    parseXml(source);
  } catch (error) {
    // Pathological input took seconds; a machine that is busy takes some milliseconds.
    expect(performance.now() - begun, "milliseconds").to.be.lessThan(250);
    expect(error).to.be.instanceOf(RequestError);
    expect((error as RequestError).status).to.equal(400);
    return (error as Error).message;
  }
  throw new Error(`accepted: ${source.slice(0, 200)}`);
};

describe("parseXml()", () => {
  it("reads elements, CDATA and text", () => {
    const root = parseXml("<xml><A><![CDATA[one]]></A><B>2</B><C><D>3</D><E/></C><F></F></xml>");
    expect(plain(root)).to.deep.equal({ A: "one", B: "2", C: { D: "3", E: "" }, F: "" });
    expect("toString" in root || "__proto__" in root).to.equal(false);
  });

  it("drops white space around CDATA and keeps it inside", () => {
    expect(parseXml("<xml><A> <![CDATA[ a b ]]>\n</A></xml>").A).to.equal(" a b ");
    expect(parseXml("<xml><A>\n 19 </A></xml>").A).to.equal("19");
  });

  it("joins the CDATA sections of an element", () => {
    expect(parseXml("<xml><A><![CDATA[a]]]]><![CDATA[>b]]></A></xml>").A).to.equal("a]]>b");
  });

  it("makes a list of a repeated element", () => {
    expect(plain(parseXml("<xml><A>1</A><B/><A>2</A><A>3</A></xml>").A)).to.deep.equal([
      "1",
      "2",
      "3",
    ]);
  });

  it("reads the five entities and character references", () => {
    expect(parseXml("<xml><A>&lt;&gt;&amp;&apos;&quot;&#20320;&#x597D;</A></xml>").A).to.equal(
      `<>&'"你好`,
    );
  });

  it("lets through what users and clients add", () => {
    expect(parseXml("<xml><A>1</A>webwx_msg_cli_ver_0x1</xml>").A).to.equal("1");
    expect(parseXml("<xml><A><![CDATA[a\u0000b\u001dc]]></A></xml>").A).to.equal("abc");
    expect(parseXml("\uFEFF\n<xml><A>1</A></xml>\n").A).to.equal("1");
    expect(parseXml("<xml><A><![CDATA[a\r\nb]]></A></xml>").A).to.equal("a\r\nb");
  });

  it("reads declarations, comments and attributes, and ignores them", () => {
    const source = `<?xml version="1.0" encoding="utf-8"?>\n<!-- c --><xml a="1"><A b='<![CDATA['>x</A></xml>`;
    expect(() => parseXml(source)).to.throw(RequestError);
    const root = parseXml(source.replace("<![CDATA[", "&lt;"));
    expect(plain(root)).to.deep.equal({ A: "x" });
    expect(plain(parseXml("<xml><A>x<!-- c -->y</A><hasOwnProperty z='1'/></xml>"))).to.deep.equal({
      A: "xy",
      hasOwnProperty: "",
    });
  });

  // Found by `npm run fuzz`.
  it("drops white space at the ends of a text also where it is written by its number", () => {
    for (const comment of ["", "<!-- c -->"]) {
      const root = parseXml(`<xml>${comment}<A>&#32;a&#10;b&#x9;</A></xml>`);
      expect(root.A).to.equal("a\nb");
    }
  });

  describe("refuses at once", () => {
    const hostile: Record<string, string> = {
      nothing: "",
      "white space": " \n ",
      JSON: '{"a":1}',
      HTML: "<!DOCTYPE html><html></html>",
      "a DOCTYPE with entities":
        '<!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><A>&b;</A></xml>',
      "an external entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml>&e;</xml>',
      "an unknown entity": "<xml><A>&nbsp;</A></xml>",
      "an entity of Object": "<xml><A>&constructor;</A></xml>",
      "a bare &": "<xml><A>a & b</A></xml>",
      "a character that does not exist": "<xml><A>&#x110000;</A></xml>",
      "half a surrogate pair": "<xml><A>&#xD800;</A></xml>",
      "the character 0": "<xml><A>&#0;</A></xml>",
      // Found by `npm run fuzz`: the second parser fell over these.
      "a control character by its number": "<xml><!-- c --><A>&#8;</A></xml>",
      "a noncharacter by its number": "<xml><!-- c --><A>&#xFFFE;</A></xml>",
      "a hundred thousand nested tags": `<xml>${"<a>".repeat(100_000)}`,
      "two thousand tags that others close": `<xml>${"<a>".repeat(2000)}${"</b>".repeat(2000)}`,
      "sixty open tags and thousands of others' ends": `<xml>${"<a>".repeat(10)}${"</b>".repeat(16_000)}`,
      "seventeen levels": `<xml>${"<a>".repeat(16)}${"</a>".repeat(16)}</xml>`,
      "a thousand and one elements": `<xml>${"<a/>".repeat(1000)}</xml>`,
      "sixty-four kilobytes of &": `<xml><A>${"&".repeat(65_536)}</A></xml>`,
      "sixty-four kilobytes of <": `<xml>${"<".repeat(65_536)}`,
      "a megabyte of <a ": `<xml>${"<a ".repeat(350_000)}`,
      "dashes in a comment": `<xml><!-- ${"--".repeat(30_000)} --></xml>`,
      "ten thousand attributes": `<xml><a ${"b='' ".repeat(10_000)}/></xml>`,
      "an attribute twice": `<xml><a b="" b=""/></xml>`,
      "two roots": "<xml><A>1</A></xml><xml><A>2</A></xml>",
      "another root": "<evil><A>1</A></evil>",
      "text after the root": "<xml><A>1</A></xml>junk",
      "markup after the root": "<xml><A>1</A></xml><b",
      "text before the root": "junk<xml><A>1</A></xml>",
      "a tag of another's name": "<xml><A>1</B></xml>",
      "a longer end": "<xml><A>1</AB></xml>",
      "an end too many": "<xml></xml></xml>",
      __proto__: "<xml><__proto__><isAdmin>1</isAdmin></__proto__></xml>",
      constructor: "<xml><constructor>1</constructor></xml>",
      "a processing instruction": "<xml><?php evil ?></xml>",
      "CDATA outside": "<![CDATA[x]]><xml/>",
    };
    for (const [what, source] of Object.entries(hostile)) {
      it(what, () => {
        expect(refused(source)).to.match(/not a push of WeChat/);
      });
    }

    it("a document that is cut anywhere", () => {
      const whole = "<xml><A><![CDATA[x]]></A><B>&amp;</B><C><D>1</D></C></xml>";
      for (let end = 0; end < whole.length; end++) refused(whole.slice(0, end));
    });

    it("and leaves Object.prototype alone", () => {
      expect(Object.getOwnPropertyNames(Object.prototype)).not.to.include("isAdmin");
    });
  });

  it("agrees with xml-js on every sample of the wire", () => {
    for (const kind of ["messages", "events", "replies"]) {
      for (const file of readdirSync(`test/fixtures/${kind}`)) {
        const source = readFileSync(`test/fixtures/${kind}/${file}`, "utf8");
        expect(plain(scan(source)), file).to.deep.equal(byXmlJs(source));
      }
    }
  });

  it("agrees with xml-js on whatever the scanner accepts", () => {
    const name = fc.constantFrom("A", "b", "C_1", "item", "hasOwnProperty", "_text");
    const text = fc.oneof(
      fc.constantFrom(" ", "\n", "a", "你", "]]", ">", "&amp;", "&#x41;", "&bad;", "\u001d", "-"),
      fc.string({ maxLength: 5 }),
    );
    const node: fc.Memo<string> = fc.memo((depth) => {
      const leaf = fc.oneof(
        text,
        text.map((content) => `<![CDATA[${content}]]>`),
        text.map((content) => `<!--${content}-->`),
      );
      if (depth <= 1) return leaf;
      return fc.oneof(
        leaf,
        fc
          .tuple(name, fc.array(node(depth - 1), { maxLength: 3 }), name, fc.nat(20))
          .map(
            ([open, inner, other, slip]) =>
              `<${open}>${inner.join("")}</${slip === 0 ? other : open}>`,
          ),
      );
    });
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(node(4), { maxLength: 6 }), (nodes) => {
        const source = `<xml>${nodes.join("")}</xml>`;
        let root: unknown;
        try {
          root = scan(source);
        } catch (error) {
          expect(error).to.be.instanceOf(RequestError);
          return;
        }
        accepted += 1;
        const expected = byXmlJs(source);
        if (root !== undefined) expect(plain(root)).to.deep.equal(expected);
        expect(plain(parseXml(source))).to.deep.equal(expected);
      }),
      { numRuns: 2_000 },
    );
    expect(accepted).to.be.greaterThan(300);
  });
});

/** What the parser of record makes of a document, folded by rules written down a second time. */
function byXmlJs(source: string): unknown {
  const fold = (element: Element): unknown => {
    const nodes = element.elements ?? [];
    const children = nodes.filter((node) => node.type === "element");
    if (children.length === 0) {
      const text = nodes
        .map((node) =>
          node.type === "cdata" ? node.cdata : node.type === "text" ? String(node.text).trim() : "",
        )
        .join("");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the characters XML forbids
      return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "");
    }
    const folded: Record<string, unknown> = {};
    for (const child of children) {
      const before = folded[child.name as string];
      const value = fold(child);
      if (!Object.hasOwn(folded, child.name as string)) folded[child.name as string] = value;
      else
        folded[child.name as string] = Array.isArray(before) ? [...before, value] : [before, value];
    }
    return folded;
  };
  const root = (xml2js(source, { compact: false }) as Element).elements?.find(
    (node) => node.type === "element",
  );
  const content = root === undefined ? undefined : fold(root);
  return typeof content === "string" ? {} : content;
}

describe("cdata()", () => {
  it("holds any text, so that a second parser reads it back", () => {
    const parser = new XMLParser({ parseTagValue: false, trimValues: false });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary", maxLength: 60 }),
          fc
            .array(
              fc.constantFrom("]", "]>", "]]>", "<", "&", "<![CDATA[", "\u0000", "\ud800", "好"),
            )
            .map((parts) => parts.join("")),
        ),
        (text) => {
          const allowed = [...text]
            .filter((char) => {
              const code = char.codePointAt(0) as number;
              if (code < 0x20) return code === 9 || code === 10 || code === 13;
              return !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
            })
            .join("");
          const read = parseXml(`<xml><A>${cdata(text)}</A></xml>`).A;
          expect(read).to.equal(allowed);
          const other = parser.parse(`<xml><A>${cdata(text)}</A></xml>`) as { xml: { A: string } };
          expect(Object.keys(other.xml)).to.deep.equal(["A"]);
          // XML turns CR LF and CR into LF, which the second parser does and WeChat may.
          expect(other.xml.A).to.equal(allowed.replace(/\r\n?/g, "\n"));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
