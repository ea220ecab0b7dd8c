interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/** The cookies of one browser, by host name; ports share them, as in every browser. */
export class CookieJar {
  readonly #hosts = new Map<string, Map<string, Cookie>>();

  /** Takes what a response sets. */
  store(url: URL, lines: readonly string[]): void {
    const cookies = this.#hosts.get(url.hostname) ?? new Map<string, Cookie>();
    this.#hosts.set(url.hostname, cookies);
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(/;\s*/);
      const name = pair.slice(0, Math.max(0, pair.indexOf("=")));
      const value = pair.slice(pair.indexOf("=") + 1);
      const attribute = (wanted: string) =>
        attributes
          .find((one) => one.toLowerCase().startsWith(`${wanted}=`))
          ?.slice(wanted.length + 1);
      const given = attribute("path");
      // Without a path the cookie is for the page's own folder.
      const path = given?.startsWith("/")
        ? given
        : url.pathname.replace(/(.)?\/[^/]*$/, "$1") || "/";
      const maxAge = attribute("max-age");
      const expires = attribute("expires");
      const gone =
        (maxAge !== undefined && Number(maxAge) <= 0) ||
        (expires !== undefined && Date.parse(expires) <= Date.now());
      if (gone) cookies.delete(`${name};${path}`);
      else cookies.set(`${name};${path}`, { name, value, path });
    }
  }

  /** What is sent along to an address. */
  headers({ hostname, pathname }: URL): Readonly<Record<string, string>> {
    const Cookie = [...(this.#hosts.get(hostname)?.values() ?? [])]
      .filter(({ path }) => pathname === path || pathname.startsWith(path.replace(/\/?$/, "/")))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
    return Cookie === "" ? {} : { Cookie };
  }
}
