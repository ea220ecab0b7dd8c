import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { decode } from "../../src/message/decode.js";
import { eventTypes } from "../../src/message/events.js";
import { type AnyMessage, messageTypes } from "../../src/message/messages.js";
import { cdata, parseXml } from "../../src/wire/xml/xml.js";
import { cardEventSamples } from "./samples/card-events.js";
import { jobEventSamples } from "./samples/job-events.js";
import { legacyEventSamples } from "./samples/legacy-events.js";
import { messageSamples } from "./samples/messages.js";
import { userEventSamples } from "./samples/user-events.js";
import { withoutSamples } from "./samples/without-samples.js";

const eventSamples = {
  ...userEventSamples,
  ...jobEventSamples,
  ...cardEventSamples,
  ...legacyEventSamples,
};

/** The document that a flat message would be. */
const written = (message: AnyMessage) =>
  `<xml>${Object.entries(message)
    .map(([name, value]) => `<${name}>${cdata(String(value))}</${name}>`)
    .join("")}</xml>`;

describe("decode()", () => {
  describe("reads every sample of the documents:", () => {
    for (const [kind, samples] of [
      ["messages", messageSamples],
      ["events", eventSamples],
    ] as const) {
      for (const [name, expected] of Object.entries(samples)) {
        it(`${kind}/${name}.xml`, () => {
          const source = readFileSync(`test/fixtures/${kind}/${name}.xml`, "utf8");
          expect(decode(parseXml(source))).to.deep.equal(expected);
        });
      }

      it(`and no file of ${kind} is left out`, () => {
        const files = readdirSync(`test/fixtures/${kind}`).map((file) => file.replace(".xml", ""));
        expect(files.sort()).to.deep.equal(Object.keys(samples).sort());
      });
    }
  });

  it("reads what the documents describe by its fields alone", () => {
    for (const message of withoutSamples) {
      expect(decode(parseXml(written(message)))).to.deep.equal(message);
    }
  });

  it("has been shown every message and event that it knows", () => {
    const nameOf = (message: AnyMessage) =>
      message.MsgType === "event" ? `event ${message.Event}` : message.MsgType;
    const shown = new Set(
      [...Object.values(messageSamples), ...Object.values(eventSamples), ...withoutSamples].map(
        nameOf,
      ),
    );
    const known = [
      ...messageTypes.filter((type) => type !== "event"),
      ...eventTypes.map((name) => `event ${name}`),
    ];
    expect([...shown].sort()).to.deep.equal(known.sort());
  });
});
