import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type RedisServer, startRedis } from "../support/redis.js";
import { type Stage, stage } from "../support/stage.js";

describe("examples/: their dialogues", function () {
  this.timeout(20_000);
  let shop: Stage;

  let redis: RedisServer | undefined;
  afterEach(async () => {
    await shop.close();
    // A bot that is closed while its store is away waits for it.
    await redis?.stop();
    redis = undefined;
  });

  const alice = () => shop.phone.user("alice");
  const tell = async (text: string) => (await alice().sends(text)).text ?? "";
  const all = async (...texts: readonly string[]) => {
    const replies: string[] = [];
    for (const text of texts) replies.push(await tell(text));
    return replies;
  };

  it("booking.ts books a private room for many, after a change of mind", async () => {
    shop = await stage("booking");
    expect(await all("预约", "李雷", "二月三十", "5.1", "10", "包间", "可以")).to.deep.equal([
      "您好，请问怎么称呼您？",
      "李雷，您想哪天来？请这样写：5月1日",
      "没看懂日期。请这样写：5月1日",
      "一共几位？",
      "您想坐哪里？\n1. 大厅\n2. 包间",
      "包间最低消费 500 元，可以吗？",
      "人数较多，请留下手机号。",
    ]);
    const menu = "\n1. 确认\n2. 改日期\n3. 换座位\n4. 不订了";
    expect(
      await all("13800138000", "2", "2月30日", "5月2日", "3", "1", "1", "我的预约"),
    ).to.deep.equal([
      `5月1日，10 位，包间。确认吗？${menu}`,
      "李雷，您想哪天来？请这样写：5月1日",
      "没看懂日期。请这样写：5月1日",
      `5月2日，10 位，包间。确认吗？${menu}`,
      "您想坐哪里？\n1. 大厅\n2. 包间",
      `5月2日，10 位，大厅。确认吗？${menu}`,
      "李雷，已为您预订 5月2日，10 位。",
      "5月2日",
    ]);
    // The name is known now, from whichever way it begins.
    expect(await tell("预约")).to.equal("李雷，您想哪天来？请这样写：5月1日");
    expect(await tell("取消")).to.equal("已取消。");
    expect((await alice().clicks("BOOK")).text).to.equal("您好，请问怎么称呼您？");
    const bob = shop.phone.user("bob");
    expect((await bob.scans("front-desk")).text).to.equal("您好，请问怎么称呼您？");
  });

  it("booking.ts goes on after a restart, with Redis", async () => {
    redis = await startRedis();
    const shared = { env: { REDIS_URL: redis.url } };
    shop = await stage("booking", shared);
    await all("预约", "韩梅梅");
    await shop.close();
    // The user keeps the openid, for it depends on the account and the name.
    shop = await stage("booking", shared);
    expect(await all("6月1日", "2", "大厅")).to.deep.equal([
      "一共几位？",
      "您想坐哪里？\n1. 大厅\n2. 包间",
      "6月1日，2 位，大厅。确认吗？\n1. 确认\n2. 改日期\n3. 换座位\n4. 不订了",
    ]);
  });

  it("quiz.ts tells right from wrong, plays again and keeps the best result", async () => {
    shop = await stage("quiz");
    const more = "再来一次吗？\n1. 再来\n2. 不了";
    expect(
      await all("答题", "2", "1", "长江", "1", "5", "1", "水星", "1", "2", "hi"),
    ).to.deep.equal([
      "一、澳大利亚的首都是？\n1. 悉尼\n2. 堪培拉\n3. 墨尔本",
      "答对了！\n二、离太阳最近的行星是？\n1. 金星\n2. 水星\n3. 火星",
      "不对，是水星。\n三、中国最长的河流是？\n1. 黄河\n2. 长江\n3. 珠江",
      `答对了！\n您答对了 2 题。${more}`,
      "一、澳大利亚的首都是？\n1. 悉尼\n2. 堪培拉\n3. 墨尔本",
      "请回复 1–3 的数字。\n1. 悉尼\n2. 堪培拉\n3. 墨尔本",
      "不对，是堪培拉。\n二、离太阳最近的行星是？\n1. 金星\n2. 水星\n3. 火星",
      "答对了！\n三、中国最长的河流是？\n1. 黄河\n2. 长江\n3. 珠江",
      `不对，是长江。\n您答对了 1 题。${more}`,
      "最好成绩：2 题。",
      "发「答题」开始。您的最好成绩：2 题。",
    ]);
    expect(await all("答题", "不玩了")).to.include("下次再玩！");
  });

  it("quiz.ts ends when the time for a question is over", async () => {
    shop = await stage("quiz", { env: { SECONDS: "0.2" } });
    await tell("答题");
    await sleep(300);
    expect(await all("2", "2")).to.deep.equal([
      "时间到！发「答题」再来一次。",
      "发「答题」开始。您的最好成绩：0 题。",
    ]);
  });

  it("complaint.ts begins with the code by which somebody follows", async () => {
    shop = await stage("complaint");
    expect((await alice().follows({ scene: "table-12" })).text).to.match(/^很抱歉/);
    expect(await all("3", "空调太冷了，坐不住")).to.deep.equal([
      "请说说发生了什么。",
      "请拍一张照片，没有就回复「跳过」。",
    ]);
    expect((await alice().sendsImage()).text).to.equal("需要经理给您回电话吗？");
    expect(await tell("不用")).to.equal("已收到，编号 1：12 号桌，您的意见，附照片。我们会改进。");
  });

  it("complaint.ts takes a photo, and the table from the code that was scanned", async () => {
    shop = await stage("complaint");
    const about = "很抱歉！请问是哪方面的问题？\n1. 菜品\n2. 服务\n3. 其他";
    expect((await alice().scans("table-7")).text).to.equal(about);
    expect(await all("1", "鱼香肉丝", "咸", "太咸了没法吃", "没有")).to.deep.equal([
      "是哪道菜？",
      "请说说发生了什么。",
      "请用文字回答（5 到 500 个字）。",
      "请拍一张照片，没有就回复「跳过」。",
      "请发一张照片，没有就回复「跳过」。",
    ]);
    expect((await alice().sendsImage()).text).to.equal("需要经理给您回电话吗？");
    expect(await tell("要")).to.equal(
      "已收到，编号 1：7 号桌，「鱼香肉丝」，附照片。经理会尽快联系您。",
    );

    expect(await all("投诉", "七号", "61", "7")).to.deep.equal([
      "请问您坐几号桌？",
      "请回复数字（1 到 60）。",
      "请回复数字（1 到 60）。",
      about,
    ]);
    expect(await all("服务", "不知道", "等了一个小时", "跳过", "不用了")).to.deep.equal([
      "请问服务员的工号？",
      "请说说发生了什么。",
      "请拍一张照片，没有就回复「跳过」。",
      "需要经理给您回电话吗？",
      "已收到，编号 2：7 号桌，您的意见。我们会改进。",
    ]);
  });
});
