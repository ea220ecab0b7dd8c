import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { reply } from "../../../src/message/reply.js";
import { answer } from "../../../src/plugins/flow/answer.js";
import { flow } from "../../../src/plugins/flow/flow.js";
import type { Flow, FlowOptions } from "../../../src/plugins/flow/script.js";
import { type SessionFlavor, session } from "../../../src/plugins/session/session.js";
import { MemoryStore } from "../../../src/store/memory.js";
import { bot, clickOf, imageOf, say, scanOf, textOf, voiceOf } from "../support.js";

/** A bot with one dialogue, begun by "go", and an echo for what the dialogue leaves over. */
function talking(dialogue: Flow<SessionFlavor<object>, never>, store = new MemoryStore()) {
  const errors: Error[] = [];
  const wx = bot({ store }).use(session()).use(dialogue);
  wx.catch((error) => void errors.push(error));
  wx.onText("go", dialogue.start);
  wx.onClick("GO", dialogue.start);
  wx.onScan("go", dialogue.start);
  wx.onText("broken session", (ctx) => {
    ctx.session.seen = true;
    throw new Error("broken");
  });
  wx.fallback((ctx) => `else ${ctx.text ?? ctx.message.MsgType}`);
  const tell = (text: string, from = "alice") => say(wx, textOf(from, text));
  const all = async (...texts: readonly string[]) => {
    const replies: string[] = [];
    for (const text of texts) replies.push(await tell(text));
    return replies;
  };
  return { wx, tell, all, errors };
}

const order = (options: FlowOptions = {}) =>
  flow("order", options)
    .ask("name", "name?", answer.text())
    .ask("guests", ({ answers }) => `${answers.name}, how many?`, answer.number({ again: "1-9" }))
    .choose("seat", "where?", { hall: "大厅", room: "包间" })
    .done(({ answers }) => JSON.stringify(answers));

describe("flow()", () => {
  it("asks one question after the other and ends with all answers", async () => {
    const { all } = talking(order());
    expect(await all("before", "go", "Li", "3", "2", "after")).to.deep.equal([
      "else before",
      "name?",
      "Li, how many?",
      "where?\n1. 大厅\n2. 包间",
      '{"name":"Li","guests":3,"seat":"room"}',
      "else after",
    ]);
  });

  it("can be begun by a click and by a scan, and takes spoken answers", async () => {
    const { wx, tell } = talking(order());
    expect(await say(wx, clickOf("alice", "GO"))).to.equal("name?");
    expect(await say(wx, voiceOf("alice", "老李。"))).to.equal("老李, how many?");
    expect(await say(wx, voiceOf("alice", "3。"))).to.match(/^where/);
    expect(await say(wx, scanOf("bob", "go"))).to.equal("name?");
    expect(await tell("大厅")).to.equal('{"name":"老李","guests":3,"seat":"hall"}');
  });

  it("keeps two users apart", async () => {
    const { tell } = talking(order());
    await tell("go", "alice");
    await tell("go", "bob");
    expect(await tell("A", "alice")).to.equal("A, how many?");
    expect(await tell("B", "bob")).to.equal("B, how many?");
    expect(await tell("C", "carol")).to.equal("else C");
  });

  it("asks again in the handler's words, and then goes on", async () => {
    const { all } = talking(order());
    expect(await all("go", "Li", "many", "3", "9", "大厅")).to.deep.equal([
      "name?",
      "Li, how many?",
      "1-9",
      "where?\n1. 大厅\n2. 包间",
      "请回复 1–2 的数字。\n1. 大厅\n2. 包间",
      '{"name":"Li","guests":3,"seat":"hall"}',
    ]);
  });

  it("goes back by one question, as often as the user likes", async () => {
    const { all } = talking(order());
    expect(await all("go", "Li", "3", "上一步", "Back", "上一步", "Wang")).to.deep.equal([
      "name?",
      "Li, how many?",
      "where?\n1. 大厅\n2. 包间",
      "Li, how many?",
      "name?",
      "name?",
      "Wang, how many?",
    ]);
  });

  it("ends at the cancel word, in any width and case", async () => {
    const { all } = talking(order());
    expect(await all("go", "Li", " ＣＡＮＣＥＬ ", "3")).to.deep.equal([
      "name?",
      "Li, how many?",
      "已取消。",
      "else 3",
    ]);
  });

  it("takes other words to cancel and to go back, or none", async () => {
    const { all } = talking(
      order({ cancel: /^stop/, cancelled: () => reply.text("bye"), back: false }),
    );
    expect(await all("go", "cancel", "上一步", "stop it", "x")).to.deep.equal([
      "name?",
      "cancel, how many?",
      "1-9",
      "bye",
      "else x",
    ]);
  });

  it("is over after its timeout, and lets the next message pass", async () => {
    const { tell, all } = talking(order({ timeout: 40 }));
    await all("go", "Li");
    await sleep(60);
    expect(await all("3", "4")).to.deep.equal(["else 3", "else 4"]);
    const patient = talking(order({ timeout: 120 }));
    await patient.tell("go");
    await sleep(80);
    await patient.tell("Li");
    await sleep(80);
    expect(await patient.tell("3")).to.match(/^where/);
    expect(await tell("x")).to.equal("else x");
  });

  it("tells the user that it is over, if it has words for that", async () => {
    const { all } = talking(order({ timeout: 30, expired: () => "too late" }));
    await all("go", "Li");
    await sleep(50);
    expect(await all("3", "4")).to.deep.equal(["too late", "else 4"]);
  });

  it("takes pictures as answers, and asks again for anything else", async () => {
    const dialogue = flow("photo")
      .ask("photo", "photo?", answer.orSkip("skip", answer.photo({ again: "a photo, please" })))
      .done(({ answers }) => answers.photo?.mediaId ?? "none");
    const { wx, all } = talking(dialogue);
    expect(await all("go", "words")).to.deep.equal(["photo?", "a photo, please"]);
    expect(await say(wx, imageOf("alice", "M1"))).to.equal("M1");
    expect(await all("go", "Skip")).to.deep.equal(["photo?", "none"]);
  });

  it("lets events pass, also in the middle", async () => {
    const { wx, tell } = talking(order());
    await tell("go");
    expect(await say(wx, clickOf("alice", "OTHER"))).to.equal("else event");
    expect(await tell("Li")).to.equal("Li, how many?");
  });

  it("begins anew when it is begun in the middle, and gives way to another", async () => {
    const other = flow("other")
      .ask("colour", "colour?", answer.text())
      .done(() => "done");
    const { wx, tell } = talking(order());
    wx.onClick("UNMOUNTED", other.start);
    await tell("go");
    await tell("Li");
    expect(await say(wx, clickOf("alice", "GO"))).to.equal("name?");

    const both = bot().use(session()).use(order()).use(other);
    both.onText("other", other.start);
    both.onClick("OTHER", other.start);
    expect(await say(both, textOf("alice", "other"))).to.equal("colour?");
    expect(await say(both, textOf("alice", "red"))).to.equal("done");
    expect(await say(both, textOf("alice", "red"))).to.equal("");
  });

  it("goes different ways, which meet again", async () => {
    const dialogue = flow("ways")
      .choose("seat", "seat?", { hall: "H", room: "R", bar: "B" })
      .branch("seat", {
        room: (way) => way.ask("hours", "hours?", answer.number()),
        bar: (way) =>
          way
            .ask("drink", "drink?", answer.text())
            .ask("ice", "ice?", answer.yes())
            .branch("ice", { true: (more) => more.ask("cubes", "cubes?", answer.number()) }),
      })
      .ask("name", "name?", answer.text())
      .done(({ answers }) => JSON.stringify(answers));
    const { all } = talking(dialogue);
    expect((await all("go", "1", "Li")).slice(1)).to.deep.equal([
      "name?",
      '{"seat":"hall","name":"Li"}',
    ]);
    expect((await all("go", "2", "3", "Li")).slice(1)).to.deep.equal([
      "hours?",
      "name?",
      '{"seat":"room","hours":3,"name":"Li"}',
    ]);
    expect((await all("go", "3", "tea", "是", "2", "Li")).slice(1)).to.deep.equal([
      "drink?",
      "ice?",
      "cubes?",
      "name?",
      '{"seat":"bar","drink":"tea","ice":true,"cubes":2,"name":"Li"}',
    ]);
    // What was answered on a way that was left does not come along.
    const back = await all("go", "2", "3", "上一步", "上一步", "1", "Li");
    expect(back.slice(3)).to.deep.equal([
      "hours?",
      "seat?\n1. H\n2. R\n3. B",
      "name?",
      '{"seat":"hall","name":"Li"}',
    ]);
  });

  it("asks more under a condition", async () => {
    const dialogue = flow("when")
      .ask("guests", "guests?", answer.number())
      .when(
        ({ guests }) => guests > 8,
        (way) => way.ask("deposit", "deposit?", answer.yes()),
      )
      .done(({ answers }) => JSON.stringify(answers));
    const { all } = talking(dialogue);
    expect(await all("go", "2")).to.deep.equal(["guests?", '{"guests":2}']);
    expect(await all("go", "９", "好")).to.deep.equal([
      "guests?",
      "deposit?",
      '{"guests":9,"deposit":true}',
    ]);
  });

  it("asks single steps again and keeps the other answers", async () => {
    const dialogue = flow("change")
      .ask("day", "day?", answer.text())
      .ask("guests", "guests?", answer.number())
      .choose(
        "sure",
        ({ answers }) => `${answers.day} ${answers.guests}?`,
        { yes: "yes", day: "day", stop: "stop" },
        (ctx, choice) => {
          if (choice === "day") return ctx.change("day");
          if (choice === "stop") return ctx.leave("left");
        },
      )
      .done(({ answers, change }) => (answers.guests > 9 ? change("guests", "sure") : "done"));
    const { all } = talking(dialogue);
    const menu = "\n1. yes\n2. day\n3. stop";
    expect(await all("go", "Mo", "10", "day", "Tu", "1", "3", "yes", "x")).to.deep.equal([
      "day?",
      "guests?",
      `Mo 10?${menu}`,
      "day?",
      `Tu 10?${menu}`,
      "guests?",
      `Tu 3?${menu}`,
      "done",
      "else x",
    ]);
    expect((await all("go", "Mo", "1", "3", "x")).slice(3)).to.deep.equal(["left", "else x"]);
  });

  it("says something before the next question", async () => {
    const dialogue = flow("quiz")
      .choose("one", "one?", ["a", "b"], (ctx, choice) => ctx.say(`you said ${choice}`))
      .ask("two", "two?", (ctx) => {
        ctx.say("hm");
        return ctx.text === "x" ? "x" : ctx.again("again");
      })
      .done(() => "end");
    const { all } = talking(dialogue);
    expect(await all("go", "2", "y", "x")).to.deep.equal([
      "one?\n1. a\n2. b",
      "you said b\ntwo?",
      "hm\nagain",
      "hm\nend",
    ]);
  });

  it("offers a menu that is made for the user, and remembers what it offered", async () => {
    let free = ["11:30", "12:00"];
    const dialogue = flow("slots")
      .choose("slot", "when?", async () => free)
      .done(({ answers }) => answers.slot);
    const { all } = talking(dialogue);
    expect(await all("go")).to.deep.equal(["when?\n1. 11:30\n2. 12:00"]);
    free = ["12:00"];
    expect(await all("2、")).to.deep.equal(["12:00"]);
    free = [];
    const { tell, errors } = talking(dialogue);
    await tell("go");
    expect(errors[0]).to.have.property("code", "WX_FLOW");
  });

  it("takes a tap in a customer-service menu as a choice", async () => {
    const { wx, all } = talking(order());
    await all("go", "Li", "3");
    const tapped = textOf("alice", "whatever").replace(
      "</xml>",
      "<bizmsgmenuid>room</bizmsgmenuid></xml>",
    );
    expect(await say(wx, tapped)).to.include('"seat":"room"');
  });

  it("does not ask what is known at the beginning, and does not go back to it", async () => {
    const dialogue = order();
    const wx = bot().use(session()).use(dialogue);
    wx.onScan(/^guest-(.+)$/, (ctx) => dialogue.startWith(ctx, { name: ctx.match[1] ?? "?" }));
    expect(await say(wx, scanOf("alice", "guest-Li"))).to.equal("Li, how many?");
    expect(await say(wx, textOf("alice", "上一步"))).to.equal("Li, how many?");
    await say(wx, textOf("alice", "3"));
    expect(await say(wx, textOf("alice", "1"))).to.equal('{"name":"Li","guests":3,"seat":"hall"}');
  });

  it("goes on in another process and after a restart", async () => {
    const store = new MemoryStore();
    await talking(order(), store).all("go", "Li");
    expect(await talking(order(), store).tell("3")).to.equal("where?\n1. 大厅\n2. 包间");
    expect(await talking(order(), store).tell("1")).to.include('"guests":3');
  });

  it("goes on with the first open question when the dialogue has been changed meanwhile", async () => {
    const store = new MemoryStore();
    await talking(order(), store).all("go", "Li");
    const changed = flow("order")
      .ask("name", "name?", answer.text())
      .ask("day", "day?", answer.text())
      .done(({ answers }) => `${answers.name} on ${answers.day}`);
    expect(await talking(changed, store).all("3", "Mo")).to.deep.equal(["day?", "Li on Mo"]);
  });

  it("stays where it is when a handler fails", async () => {
    let works = false;
    const dialogue = flow("fails")
      .ask("name", "name?", answer.text())
      .done(() => {
        if (!works) throw new Error("database down");
        return "saved";
      });
    const { all, errors, tell } = talking(dialogue);
    expect(await all("go", "Li")).to.deep.equal(["name?", ""]);
    expect(errors.map(({ message }) => message)).to.deep.equal(["database down"]);
    works = true;
    expect(await tell("Li")).to.equal("saved");
  });

  it("can lead into another dialogue, or into itself again", async () => {
    const second = flow("second")
      .ask("more", "more?", answer.text())
      .done(() => "end");
    const first: Flow<SessionFlavor<object>, { name?: string }> = flow("first")
      .ask("name", "name?", (ctx) =>
        ctx.text === "again" ? ctx.leave(first.start(ctx)) : (ctx.text ?? ""),
      )
      .done((ctx) => second.start(ctx));
    const wx = bot().use(session()).use(first).use(second);
    wx.onText("go", first.start);
    const replies: string[] = [];
    for (const text of ["go", "again", "Li", "x"])
      replies.push(await say(wx, textOf("alice", text)));
    expect(replies).to.deep.equal(["name?", "name?", "more?", "end"]);
  });

  it("says what is wrong with a dialogue", async () => {
    const codeOf = (define: () => unknown) => {
      try {
        define();
      } catch (error) {
        return (error as { code?: string }).code;
      }
      return undefined;
    };
    const steps = flow("x").ask("a", "?", answer.text());
    const mistakes: (() => unknown)[] = [
      () => flow(""),
      () => flow("x", { timeout: -1 }),
      () => flow("x", { timeuot: 1 } as object),
      () => flow("x").done(() => {}),
      () => steps.done("no" as never),
      () => steps.ask("a" as never, "?", answer.text()),
      () => steps.ask("", "?", answer.text()),
      () => steps.ask("b", "?", "text" as never),
      () => steps.when(() => true, (() => 1) as never),
    ];
    expect(mistakes.map(codeOf)).to.deep.equal(mistakes.map(() => "WX_FLOW"));
  });

  it("says what is wrong with its use", async () => {
    const dialogue = order();
    const errors: Error[] = [];
    const unmounted = bot().use(session());
    unmounted.catch((error) => void errors.push(error));
    unmounted.on("text", dialogue.start);
    await say(unmounted, textOf("alice", "a"));
    expect(errors.pop()?.message).to.include("put wx.use(…) of it before");

    const bare = bot();
    bare.catch((error) => void errors.push(error));
    bare.use(dialogue as never);
    await say(bare, textOf("alice", "a"));
    expect(errors.pop()?.message).to.include("Put wx.use(session(…)) before");

    const silent = talking(
      flow("silent")
        .ask("a", "?", (() => undefined) as never)
        .done(() => {}),
    );
    await silent.all("go", "x");
    expect(silent.errors.pop()?.message).to.include('The handler of the step "a" of "silent"');

    const picture = talking(
      flow("picture")
        .choose("a", reply.image("M"), ["x"])
        .done(() => {}),
    );
    await picture.tell("go");
    expect(picture.errors.pop()?.message).to.include("a reply that is no text");
  });
});
