import type { Tag } from "../../world/tags.js";
import type { World } from "../../world/world.js";
import {
  type Call,
  type Endpoints,
  type Fields,
  objectOf,
  personOf,
  refuseEscapes,
  textOf,
} from "../call.js";
import { openidPage, peopleOf } from "../openids.js";
import { refuse } from "../refusal.js";
import { followers } from "./users.js";

/** Tags. Source: 「用户标签管理」. */
export const tagEndpoints: Endpoints = {
  "/cgi-bin/tags/create": {
    method: "POST",
    run(call) {
      refuseEscapes(call);
      const { tags } = call.world;
      const name = readName(call.world, objectOf(call.body, "tag"));
      if (tags.size >= 100) refuse(45056);
      const { id } = tags.add(name);
      return { tag: { id, name } };
    },
  },
  "/cgi-bin/tags/get": {
    method: "GET",
    run: ({ world }) => ({
      tags: [...world.tags].map(({ id, name }) => ({ id, name, count: fansOf(world, id).length })),
    }),
  },
  "/cgi-bin/tags/update": {
    method: "POST",
    run(call) {
      refuseEscapes(call);
      const fields = objectOf(call.body, "tag");
      const tag = ownTag(call.world, fields);
      tag.name = readName(call.world, fields, tag);
    },
  },
  "/cgi-bin/tags/delete": {
    method: "POST",
    run({ world, body }) {
      const { id } = ownTag(world, objectOf(body, "tag"));
      if (fansOf(world, id).length > 100_000) refuse(45057);
      world.tags.delete(id);
      for (const person of world.people) person.tags.delete(id);
    },
  },
  "/cgi-bin/user/tag/get": {
    // The document says GET with a body.
    run({ world, body }) {
      const { id } = tagOf(world, textOf(body, "tagid"));
      return openidPage(fansOf(world, id), textOf(body, "next_openid"), false);
    },
  },
  "/cgi-bin/tags/members/batchtagging": { method: "POST", run: (call) => mark(call, true) },
  "/cgi-bin/tags/members/batchuntagging": { method: "POST", run: (call) => mark(call, false) },
  "/cgi-bin/tags/getidlist": {
    method: "POST",
    run: ({ world, body }) => ({
      tagid_list: [...personOf(world, textOf(body, "openid")).tags],
    }),
  },
};

function mark({ world, body }: Call, marked: boolean): void {
  const { id } = tagOf(world, textOf(body, "tagid"));
  const people = peopleOf(world, body, "openid_list", 50);
  if (marked && people.some(({ tags }) => tags.size >= 20 && !tags.has(id))) refuse(45059);
  for (const { following } of people) if (!following) refuse(50005);
  for (const person of people) {
    if (marked) person.tags.add(id);
    else person.tags.delete(id);
    world.emit("person", person);
  }
}

function readName(world: World, fields: Fields, own?: Tag): string {
  const name = textOf(fields, "name");
  if (name === "" || [...world.tags].some((tag) => tag !== own && tag.name === name)) refuse(45157);
  if ([...name].length > 30) refuse(45158);
  return name;
}

function tagOf(world: World, id: string): Tag {
  return (id === "" ? undefined : world.tags.get(Number(id))) ?? refuse(45159);
}

/** A tag that may be changed: the first three are WeChat's. */
function ownTag(world: World, fields: Fields): Tag {
  const id = textOf(fields, "id");
  if (["0", "1", "2"].includes(id)) refuse(45058);
  return tagOf(world, id);
}

function fansOf(world: World, id: number) {
  return followers(world).filter(({ tags }) => tags.has(id));
}
