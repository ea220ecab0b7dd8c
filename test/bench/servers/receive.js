// The echo bot without HTTP: pushes are handed to wx.receive(), as fast as it answers them. It says what they cost.
import { session, Wechat } from "../../../dist/index.js";
import { account } from "../account.js";
import { push } from "../pushes.js";

const { token } = account;
const bots = {
  plain: new Wechat({ token }).on("text", (ctx) => ctx.message.Content),
  session: new Wechat({ token })
    .use(session({ initial: () => ({ count: 0 }) }))
    .on("text", (ctx) => {
      ctx.session.count += 1;
      return ctx.message.Content;
    }),
};
/** As many at a time as the load generator has connections. */
const together = 32;

/** A push as a host without a server of its own hands it over. */
function request() {
  const [head, body] = String(push("plain").bytes).split("\r\n\r\n");
  return { method: "POST", query: head.slice(head.indexOf("?") + 1, head.indexOf(" HTTP")), body };
}

/** Answers so many pushes; resolves to the microseconds of CPU that each took. */
async function answer(wx, count) {
  const waiting = Array.from({ length: count }, request);
  const answerNext = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { body } = await wx.receive(next);
      if (!body.includes("<Content>")) throw new Error(`answered with ${body}`);
    }
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: together }, answerNext));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

process.on("message", ({ bot, count }) => {
  answer(bots[bot], count).then(
    (cpu) => process.send({ cpu }),
    (error) => process.send({ error: error.message }),
  );
});
process.on("disconnect", () => process.exit(0));
process.send({});
