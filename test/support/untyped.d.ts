// Packages that the tests use and that bring no types.
declare module "koa2" {
  export { default } from "koa";
}
declare module "koa-xml-body" {
  import type { Middleware } from "koa";
  export default function xmlBody(): Middleware;
}
