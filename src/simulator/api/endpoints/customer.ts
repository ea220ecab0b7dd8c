import type { ChatEntry } from "../../world/chat.js";
import type { Person } from "../../world/people.js";
import type { World } from "../../world/world.js";
import { type Call, type Endpoints, isFields, personOf, textOf } from "../call.js";
import { customerContent } from "../content.js";
import { refuse } from "../refusal.js";

/** How long 对方正在输入 stays, in milliseconds. */
const typingLife = 10_000;

/** Customer-service messages. Source: 「发送客服消息」, 「客服输入状态」. */
export const customerEndpoints: Endpoints = {
  "/cgi-bin/message/custom/send": { method: "POST", run: send },
  "/cgi-bin/message/custom/typing": { method: "POST", run: typing },
};

function send(call: Call): void {
  const { world, body } = call;
  const person = personOf(world, textOf(body, "touser"));
  const content = customerContent(world, body);
  if (isFields(body.customservice)) {
    const account = textOf(body.customservice, "kf_account");
    if (!world.agents.has(account)) refuse(65401);
  }
  const label = labelOf(body.aimsgcontext);
  if (person.blocked) refuse(43019);
  takeFromWindow(world, person);
  world.say(person, "account", content, "customer-service", label);
}

/** The label of what an AI has made; a number, 0 or 1. */
function labelOf(context: unknown): Pick<ChatEntry, "aiGenerated"> {
  if (context === undefined) return {};
  const isAi = isFields(context) ? context.is_ai_msg : null;
  if (isAi === undefined || isAi === 0) return {};
  return isAi === 1 ? { aiGenerated: true } : refuse(47001);
}

/** Counts a message against what the user's last act allows. */
function takeFromWindow(world: World, person: Person): void {
  const now = world.clock.now();
  const open = person.windows.filter(({ until }) => now < until);
  // That which ends first is of the least use later.
  const usable = open.filter(({ left }) => left > 0).sort((a, b) => a.until - b.until);
  const [window] = usable;
  if (window !== undefined) {
    window.left -= 1;
    return;
  }
  if (open.length > 0) refuse(45047);
  if (!person.following && person.windows.length === 0) refuse(43004);
  refuse(45015);
}

function typing(call: Call): void {
  const { world, body } = call;
  const person = personOf(world, textOf(body, "touser"));
  const command = textOf(body, "command");
  if (command === "CancelTyping") {
    show(world, person, false);
    return;
  }
  if (command !== "Typing") refuse(45072);
  const now = world.clock.now();
  if (now - person.lastSeen > 30_000) refuse(45080);
  if (person.typing && now - (since.get(person) ?? 0) < typingLife) refuse(45081);
  since.set(person, now);
  show(world, person, true);
  void world.clock.wait(typingLife).then(() => {
    if (since.get(person) === now) show(world, person, false);
  });
}

const since = new WeakMap<Person, number>();

function show(world: World, person: Person, typing: boolean): void {
  if (person.typing === typing) return;
  person.typing = typing;
  world.emit("person", person);
}
