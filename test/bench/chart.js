// Draws the throughput as an SVG image that reads well on light and dark pages.

const [left, barHeight, gap, groupGap, width, longest] = [112, 22, 8, 34, 720, 470];
const labels = { "bare-koa": "bare Koa", "koa-wx": "koa-wx", "co-wechat": "co-wechat" };
const titles = { plain: "Plain text mode (明文模式)", safe: "Safe mode (安全模式)" };

/** The chart of the results that have a label, as the text of an SVG file. */
export function chart(results, machine) {
  const shown = results.filter(({ server }) => server in labels);
  const fastest = Math.max(...shown.map(({ perSecond }) => perSecond));
  const parts = [];
  let y = 58;
  for (const mode of new Set(shown.map((row) => row.mode))) {
    parts.push(`<text class="mode" x="16" y="${y}">${titles[mode]}</text>`);
    y += 14;
    for (const { server, perSecond, ofBareKoa } of shown.filter((row) => row.mode === mode)) {
      const length = Math.max(2, (perSecond / fastest) * longest).toFixed(1);
      const middle = y + barHeight / 2 + 4;
      const ratio = server === "bare-koa" ? "" : ` · ${ofBareKoa.toFixed(2)}`;
      parts.push(
        `<text x="${left - 10}" y="${middle}" text-anchor="end">${labels[server]}</text>`,
        `<rect class="${server}" x="${left}" y="${y}" width="${length}" height="${barHeight}" rx="3"/>`,
        `<text x="${(left + Number(length) + 8).toFixed(1)}" y="${middle}">${Math.round(perSecond).toLocaleString("en")}${ratio}</text>`,
      );
      y += barHeight + gap;
    }
    y += groupGap - gap;
  }
  const height = y + 6;
  const note = `Bare Koa reads the body and answers a constant; after the dot, the share of it. ${machine.date}, ${machine.cpu}, Node ${machine.node}.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title note">
<title id="title">Pushes answered per second on one core</title>
<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", sans-serif; fill: #1f2328; }
.head { font-size: 16px; font-weight: 600; }
.mode { font-weight: 600; }
.note { font-size: 11px; fill: #59636e; }
rect { fill: #afb8c1; }
.koa-wx { fill: #07a050; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.note { fill: #9198a1; }
rect { fill: #656c76; }
.koa-wx { fill: #2bb568; }
}
</style>
<text class="head" x="16" y="28">Pushes answered per second on one core</text>
${parts.join("\n")}
<text class="note" id="note" x="16" y="${height - 12}">${escapeText(note)}</text>
</svg>
`;
}

function escapeText(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
