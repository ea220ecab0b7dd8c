import { createHash } from "node:crypto";
import { escapeHtml } from "./html.js";

const size = 25;
const scale = 8;

/**
 * A picture that stands for a QR code: it looks like one and names its scene, but no phone reads it,
 * because only a simulated phone could follow.
 */
export function sceneSvg(scene: string): string {
  const bits = createHash("sha512").update(scene).digest();
  let path = "";
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (isDark(bits, x, y)) path += `M${x * scale} ${y * scale}h${scale}v${scale}h-${scale}z`;
    }
  }
  const side = (size + 4) * scale;
  const label = [...scene].length > 24 ? `${[...scene].slice(0, 23).join("")}…` : scene;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side + 24}" viewBox="${-2 * scale} ${-2 * scale} ${side} ${side + 24}" role="img" aria-label="QR code, scene ${escapeHtml(scene)}"><rect x="${-2 * scale}" y="${-2 * scale}" width="${side}" height="${side + 24}" fill="#fff"/><path d="${path}"/><text x="${(size * scale) / 2}" y="${size * scale + 24}" text-anchor="middle" font-family="system-ui, sans-serif" font-size="14">${escapeHtml(label)}</text></svg>`;
}

function isDark(bits: Buffer, x: number, y: number): boolean {
  for (const [left, top] of [
    [0, 0],
    [size - 7, 0],
    [0, size - 7],
  ] as const) {
    const ring = Math.max(Math.abs(x - left - 3), Math.abs(y - top - 3));
    // The three corners: a square within a frame, and a white margin.
    if (ring <= 4) return ring === 3 || ring <= 1;
  }
  const at = (y * size + x) % (bits.length * 8);
  return (((bits[at >> 3] ?? 0) >> (at & 7)) & 1) === 1;
}
