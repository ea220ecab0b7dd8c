import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { Deed } from "../stage.js";

/** Files that last three days, and those that last. */
export const fileDeeds: readonly Deed[] = [
  {
    name: "media: uploaded, downloaded",
    asks: ["upload", "download"],
    async run({ client, phone, files }) {
      const mediaId = await client.ask<string>("upload", files.image, "image");
      const kept = phone.api.media(mediaId);
      expect(kept?.data).to.deep.equal(readFileSync(files.image));
      expect(kept?.contentType).to.equal("image/png");
      expect(await client.ask("download", mediaId)).to.equal(
        readFileSync(files.image).toString("base64"),
      );
    },
  },
  {
    name: "material: added, counted, deleted",
    asks: ["addMaterial", "countImages", "deleteMaterial"],
    async run({ client, phone, files }) {
      const mediaId = await client.ask<string>("addMaterial", files.image);
      expect(phone.api.media(mediaId)?.permanent).to.equal(true);
      expect(await client.ask("countImages")).to.equal(1);
      await client.ask("deleteMaterial", mediaId);
      expect(phone.api.media(mediaId)).to.equal(undefined);
    },
  },
  {
    name: "material: listed, downloaded",
    asks: ["addMaterial", "materials", "getMaterial", "deleteMaterial"],
    async run({ client, files }) {
      const mediaId = await client.ask("addMaterial", files.image);
      expect(await client.ask("materials", "image")).to.deep.equal([mediaId]);
      expect(await client.ask("getMaterial", mediaId)).to.equal(
        readFileSync(files.image).toString("base64"),
      );
      await client.ask("deleteMaterial", mediaId);
    },
  },
  {
    name: "material: a video with its description",
    asks: ["addVideo", "materials"],
    async run({ client, phone, files }) {
      const mediaId = await client.ask<string>("addVideo", files.video, "视频", "介绍");
      expect(await client.ask("materials", "video")).to.deep.equal([mediaId]);
      expect(phone.api.media(mediaId)?.data).to.deep.equal(readFileSync(files.video));
    },
  },
  {
    name: "a picture for articles",
    asks: ["picture"],
    async run({ client, files }) {
      const answer = await fetch(await client.ask<string>("picture", files.image));
      expect(Buffer.from(await answer.arrayBuffer())).to.deep.equal(readFileSync(files.image));
    },
  },
];
