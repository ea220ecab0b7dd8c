import type { Context } from "koa";

const style = `
  body { margin: 0; padding: 32px 24px; font: 17px/1.5 system-ui, sans-serif; color: #191919; background: #fff; overflow-wrap: anywhere; }
  h1 { font-size: 22px; line-height: 1.4; }
  img { max-width: 100%; }
  .gray { color: #737373; font-size: 14px; }
  .who { display: flex; align-items: center; gap: 12px; padding: 16px 0; border-block: 1px solid #ededed; }
  .face { width: 44px; height: 44px; border-radius: 6px; background: #07864b; color: #fff; display: grid; place-items: center; font-size: 20px; }
  .acts { display: grid; gap: 12px; max-width: 320px; margin: 40px auto 0; }
  .act { display: block; padding: 10px 16px; border-radius: 8px; text-align: center; text-decoration: none; font-weight: 500; background: #f2f2f2; color: #06613a; }
  .act.main { background: #07864b; color: #fff; }
  .act:focus-visible { outline: 3px solid #2a6fdb; outline-offset: 2px; }
  .act.try { background: none; color: #4a5b7c; font-weight: 400; font-size: 14px; }
`;

/** Answers with a page that can run nothing and load nothing but pictures of this server. */
export function sendPage(ctx: Context, title: string, body: string): void {
  ctx.status = 200;
  ctx.set("Content-Type", "text/html; charset=utf-8");
  ctx.set(
    "Content-Security-Policy",
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
  );
  ctx.set("Referrer-Policy", "no-referrer");
  ctx.set("Cache-Control", "no-store");
  ctx.body = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for use in HTML, also within quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}
