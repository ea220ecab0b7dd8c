import { expect } from "chai";
import { freePort, type Stage, stage } from "../support/stage.js";

/** The terms and their descriptions, as the page lists them. */
const rowsOf = (body: string) =>
  Object.fromEntries(
    [...body.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, value]) => [name, value]),
  );

describe("examples/profile.ts", function () {
  this.timeout(20_000);
  let site: Stage;
  before(async () => {
    const port = String(await freePort());
    site = await stage("profile", { env: { PORT: port, BASE_URL: `http://127.0.0.1:${port}` } });
  });
  after(() => site?.close());

  it("sends a link that shows its user's own profile, after their consent", async () => {
    const alice = site.phone.user("alice", { nickname: "爱丽丝 <b>", sex: 2 });
    const { text } = await alice.sends("我是谁");
    const link = /href="(.*?)"/.exec(text ?? "")?.[1] as string;
    const page = await alice.opens(link);
    expect(page.status).to.equal(200);
    expect(rowsOf(page.body)).to.include({ OpenID: alice.openid, 性别: "未知" });
    expect(page.body).to.include("爱丽丝 &#60;b&#62;").and.not.include("<b>");
    expect(page.url).to.equal(link);
    expect(page.visited.some((url) => url.includes("/connect/oauth2/authorize"))).to.equal(true);
  });

  it("asks once: the next page opens without WeChat", async () => {
    const alice = site.phone.user("alice");
    expect((await alice.opens("/profile")).visited).to.have.length(1);
  });

  it("shows each user their own page", async () => {
    const bob = site.phone.user("bob");
    expect(rowsOf((await bob.opens("/profile")).body)).to.include({ OpenID: bob.openid });
  });

  it("shows no profile to those who refuse, and asks again the next time", async () => {
    const carol = site.phone.user("carol");
    const refused = await carol.opens("/profile", { consent: "deny" });
    expect(refused.body).to.not.include(carol.openid);
    expect(rowsOf(refused.body)).to.deep.equal({});
    expect(rowsOf((await carol.opens("/profile")).body)).to.include({ OpenID: carol.openid });
  });
});
