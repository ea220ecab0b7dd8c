import type { ListPage } from "./articles.js";

/** A page of openids, as WeChat answers it. `data` is missing when there are none. */
export interface OpenidPage {
  readonly total?: number;
  readonly count: number;
  readonly data?: { readonly openid: readonly string[] };
  readonly next_openid?: string;
}

const openidPage = 10_000;

/**
 * All openids of a list, page by page. WeChat does not mark the last page: it may be empty without
 * `data`, short with a `next_openid`, or full with one. Source: 「获取用户列表」.
 */
export async function* openids(
  fetch: (cursor: string) => Promise<OpenidPage>,
): AsyncGenerator<string, void, undefined> {
  let cursor = "";
  let seen = 0;
  for (;;) {
    const { total, data, next_openid: next } = await fetch(cursor);
    const page = data?.openid ?? [];
    yield* page;
    seen += page.length;
    // People come and go meanwhile, so that the total alone says nothing.
    const complete = page.length < openidPage && seen >= (total ?? 0);
    if (page.length === 0 || complete || !next || next === cursor) return;
    cursor = next;
  }
}

/** All items of a list that is read by offset, twenty at a time. */
export async function* items<T>(
  fetch: (offset: number, count: number) => Promise<ListPage<T>>,
): AsyncGenerator<T, void, undefined> {
  let offset = 0;
  for (;;) {
    const { item = [], total_count } = await fetch(offset, 20);
    yield* item;
    offset += item.length;
    if (item.length === 0 || offset >= total_count) return;
  }
}
