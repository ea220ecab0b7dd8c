const day = 86_400_000;

/** How often a new account may make a call in one day. Source: 「接口权限说明」. */
const limits: Readonly<Record<string, number>> = {
  "/cgi-bin/token": 2000,
  "/cgi-bin/stable_token": 500_000,
  "/cgi-bin/menu/create": 1000,
  "/cgi-bin/menu/get": 10_000,
  "/cgi-bin/menu/delete": 1000,
  "/cgi-bin/menu/addconditional": 2000,
  "/cgi-bin/menu/delconditional": 2000,
  "/cgi-bin/menu/trymatch": 20_000,
  "/cgi-bin/media/upload": 100_000,
  "/cgi-bin/media/get": 200_000,
  "/cgi-bin/media/uploadnews": 10,
  "/cgi-bin/message/custom/send": 500_000,
  "/cgi-bin/message/mass/sendall": 100,
  "/cgi-bin/message/mass/send": 100,
  "/cgi-bin/message/mass/delete": 10,
  "/cgi-bin/message/mass/preview": 100,
  "/cgi-bin/qrcode/create": 100_000,
  "/cgi-bin/user/get": 500,
  "/cgi-bin/user/info": 5_000_000,
  "/cgi-bin/user/info/updateremark": 10_000,
  "/cgi-bin/draft/add": 1000,
  "/cgi-bin/draft/delete": 1000,
  "/cgi-bin/draft/update": 1000,
  "/cgi-bin/draft/count": 1000,
  "/cgi-bin/draft/batchget": 1000,
  "/cgi-bin/draft/get": 500,
  "/cgi-bin/freepublish/submit": 100,
  "/cgi-bin/freepublish/get": 100,
  "/cgi-bin/freepublish/delete": 10,
  "/cgi-bin/freepublish/getarticle": 100,
  "/cgi-bin/freepublish/batchget": 100,
  "/cv/ocr/idcard": 100,
  "/cv/ocr/bankcard": 100,
  "/cv/ocr/driving": 100,
  "/cv/ocr/drivinglicense": 100,
  "/cv/ocr/bizlicense": 100,
  "/cv/ocr/comm": 100,
};
const otherLimit = 100_000;

/** How often each call was made today; a day ends at midnight in China. */
export class Quota {
  readonly #now: () => number;
  readonly #used = new Map<string, number>();
  /** When counters were set to zero, in milliseconds since 1970. */
  #clearings: { readonly at: number; readonly path: string | undefined }[] = [];
  #today = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a call; false when the day's are used up. */
  take(path: string): boolean {
    const { daily_limit, used } = this.of(path);
    if (used >= daily_limit) return false;
    this.#used.set(path, used + 1);
    return true;
  }

  /** The counters of a call, as `openapi/quota/get` answers them. */
  of(path: string): {
    readonly daily_limit: number;
    readonly used: number;
    readonly remain: number;
  } {
    const today = Math.floor((this.#now() + day / 3) / day);
    if (today !== this.#today) this.#used.clear();
    this.#today = today;
    const daily_limit = limits[path] ?? otherLimit;
    const used = this.#used.get(path) ?? 0;
    return { daily_limit, used, remain: daily_limit - used };
  }

  /** Says that so many calls of today were made already. */
  use(path: string, used: number): void {
    this.of(path);
    this.#used.set(path, used);
  }

  /** Sets one counter to zero, fifty times a month, or all of them, ten times; false beyond that. */
  clear(path?: string): boolean {
    const now = this.#now();
    this.#clearings = this.#clearings.filter(({ at }) => now - at < 30 * day);
    const before = this.#clearings.filter(
      (one) => (one.path === undefined) === (path === undefined),
    );
    if (before.length >= (path === undefined ? 10 : 50)) return false;
    this.#clearings.push({ at: now, path });
    if (path === undefined) this.#used.clear();
    else this.#used.delete(path);
    return true;
  }
}
