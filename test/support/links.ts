import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the repository's own files stand for those who have only the package. */
export const repository = "https://github.com/koa-wx/koa-wx";
const own = new RegExp(
  `^(?:${repository}/(?:blob|tree)|https://raw\\.githubusercontent\\.com/koa-wx/koa-wx)/main/`,
);

export const withoutBlocks = (text: string) => text.replace(/^ *```.*?^ *```/gms, "");

/** What a page links to: files of this checkout, those named by their place in the repository too. */
export function linksOf(file: string): readonly Link[] {
  const text = withoutBlocks(readFileSync(file, "utf8"));
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
    const isAbsolute = own.test(target);
    if (/^https?:/.test(target) && !isAbsolute) return [];
    const [path = "", anchor] = target.replace(own, "").split("#");
    const to = path === "" ? file : isAbsolute ? path : join(dirname(file), path);
    return [{ target, to, anchor, isAbsolute }];
  });
}

/** A link to a file of this checkout. */
export interface Link {
  /** As it is written. */
  readonly target: string;
  /** The file, from the root of the project. */
  readonly to: string;
  readonly anchor: string | undefined;
  /** Whether it leads to the repository, from wherever the page is read. */
  readonly isAbsolute: boolean;
}

/** The links of a page that lead to no file, or to no heading of it. */
export function deadLinks(file: string): readonly string[] {
  return linksOf(file).flatMap(({ target, to, anchor }) => {
    if (!existsSync(to)) return [`${file}: ${target}`];
    if (anchor === undefined || anchorsOf(to).includes(anchor)) return [];
    return [`${file}: ${target}, which has no such heading`];
  });
}

/** The ends of the addresses of a page's headings, as GitHub makes them. */
const anchorsOf = (file: string) =>
  [...withoutBlocks(readFileSync(file, "utf8")).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
