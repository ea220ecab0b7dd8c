import { expect } from "chai";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { startBrowser } from "./browser.js";
import { type PhoneStage, startPhoneStage } from "./phone-stage.js";

/** A picture of four by two points. */
export const picture = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAEElEQVR4nGNgmPYfgeCsaQCwXg9xfd5jEgAAAABJRU5ErkJggg==",
  "base64",
);

/**
 * In a suite: one browser for all tests, and for each test a phone of its own. A test fails if the browser complains
 * of what it did not expect, unless it `mayComplain`.
 */
export function usePhone({ mayComplain = false } = {}): PhoneInChromium {
  const phone = new PhoneInChromium();
  before(() => phone.startBrowser());
  after(() => phone.closeBrowser());
  beforeEach(() => phone.start());
  afterEach(async () => {
    await phone.close();
    const problems = phone.problems.splice(0);
    if (!mayComplain)
      expect(problems, "console errors and requests to other hosts").to.deep.equal([]);
  });
  return phone;
}

/** The simulated phone as its user has it. */
export class PhoneInChromium {
  /** The bot and the simulated WeChat of a test, which may start another in its place. */
  stage!: PhoneStage;
  /** Errors of the console and requests to other hosts. A test that expects some takes them out. */
  readonly problems: string[] = [];
  #browser!: Browser;
  #context: BrowserContext | undefined;

  async startBrowser(): Promise<void> {
    this.#browser = await startBrowser();
  }

  closeBrowser(): Promise<void> {
    return this.#browser.close();
  }

  async start(): Promise<void> {
    this.stage = await startPhoneStage();
  }

  async close(): Promise<void> {
    await this.#context?.close();
    await this.stage.close();
  }

  get context(): BrowserContext {
    if (this.#context === undefined) throw new Error("The phone is not open.");
    return this.#context;
  }

  /** A page of a new browser, at no address yet. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    const chosen = { locale: "zh-CN", reducedMotion: "reduce", ...options } as const;
    this.#context = await this.#browser.newContext(chosen);
    const page = await this.#context.newPage();
    page.setDefaultTimeout(8_000);
    page.on("console", (message) => {
      if (message.type() === "error") this.problems.push(message.text());
    });
    page.on("pageerror", (error) => this.problems.push(error.message));
    page.on("request", (request) => {
      if (!/^(http:\/\/(127\.0\.0\.1|localhost):|data:|blob:)/.test(request.url()))
        this.problems.push(request.url());
    });
    return page;
  }

  /** Opens the phone, for whoever has been there before. */
  async open(options?: BrowserContextOptions): Promise<Page> {
    const page = await this.page(options);
    await page.goto(this.stage.url);
    await page.getByRole("heading", { name: "山间茶铺" }).waitFor();
    return page;
  }

  /** Opens it for Alice, who follows the account already. */
  async openFollowed(options?: BrowserContextOptions): Promise<Page> {
    this.stage.world.people.named("alice", { nickname: "Alice" }).following = true;
    const page = await this.open(options);
    await page.getByRole("log").waitFor();
    return page;
  }
}
