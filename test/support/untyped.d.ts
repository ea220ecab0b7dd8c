// What the tests use and what brings no types.
declare module "koa2" {
  export { default } from "koa";
}
declare module "koa-xml-body" {
  import type { Middleware } from "koa";
  export default function xmlBody(): Middleware;
}
declare module "*/scripts/declarations.js" {
  export interface Place {
    readonly name: string;
    readonly path: string;
  }
  export interface Door {
    readonly title: string;
    readonly about: string;
    readonly exports: readonly Place[];
  }
  export interface Library {
    find(name: string, path: string): Place | undefined;
  }
  export function withLibrary<T>(use: (library: Library) => T): T;
  export function doors(): readonly Door[];
  export function withoutDoor(library: Library): readonly (Place & { readonly by: string })[];
}
