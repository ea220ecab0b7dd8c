/** What koa-wx needs of `fetch`: that of node-fetch, of Node, or your own with a proxy. */
export type Fetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string | Buffer;
    redirect: "manual";
    signal: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
  arrayBuffer(): Promise<ArrayBuffer>;
}>;

/** The `fetch` of node-fetch, which is loaded by the first call: a bot that makes none starts sooner. */
export const nodeFetch: Fetch = async (url, init) => {
  const { default: fetch } = await import("node-fetch");
  // Its types know neither Node's AbortSignal nor that a Buffer is a body.
  return (fetch as unknown as Fetch)(url, init);
};
