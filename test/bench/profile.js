// Where koa-wx spends its time, beside bare Koa.
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure, servers, table } from "./measure.js";
import { root } from "./processes.js";

/** Microseconds at the beginning that are start-up and compilation. */
const skipped = 2_500_000;
const shown = 40;

/** Profiles koa-wx, and bare Koa for comparison: how long each function itself takes per push. */
export async function profile(mode, seconds) {
  const [bareKoa, koaWx] = servers;
  const [bare, own] = [await run(bareKoa, mode, seconds), await run(koaWx, mode, seconds)];
  const sorted = (name) => {
    const all = [...own[name]].map(([what, time]) => ({
      what,
      microseconds: time,
      bareKoa: bare[name].get(what) ?? 0,
    }));
    return all.sort((a, b) => b.microseconds - a.microseconds);
  };
  return {
    mode,
    file: own.file,
    total: own.total,
    totalOfBareKoa: bare.total,
    functions: sorted("functions").slice(0, shown),
    places: sorted("places"),
  };
}

async function run(server, mode, seconds) {
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-bench-"));
  const flags = ["--cpu-prof", `--cpu-prof-dir=${folder}`, "--cpu-prof-interval=250"];
  const { cpu } = await measure(server, mode, { seconds }, flags);
  const [name] = readdirSync(folder);
  const file = join(folder, name);
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, "utf8"));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const [functions, places] = [new Map(), new Map()];
  let [elapsed, total] = [0, 0];
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const time = timeDeltas[index];
    elapsed += time;
    if (elapsed < skipped || frame.functionName === "(idle)") continue;
    const place = placeOf(frame);
    const at = frame.url === "" ? place : `${place}:${frame.lineNumber + 1}`;
    total += time;
    add(functions, `${frame.functionName || "(anonymous)"}\t${at}`, time);
    add(places, groupOf(frame, place), time);
  }
  const perPush = (times) =>
    new Map([...times].map(([what, time]) => [what, (time / total) * cpu]));
  return { file, total: cpu, functions: perPush(functions), places: perPush(places) };
}

function add(times, what, time) {
  times.set(what, (times.get(what) ?? 0) + time);
}

function placeOf({ url }) {
  const path = url.replace("file://", "").replace(root, "");
  const inPackage = path.lastIndexOf("node_modules/");
  return inPackage < 0 ? path : path.slice(inPackage + "node_modules/".length);
}

function groupOf({ functionName }, place) {
  if (place === "") return functionName.startsWith("(") ? functionName : "native functions";
  if (place.startsWith("node:")) return place;
  if (place.startsWith("dist/")) return place;
  return place.split("/")[0];
}

/** The results for people. */
export function profileTable(result) {
  const { mode, file, total, totalOfBareKoa, functions, places } = result;
  const figures = (row) => [row.microseconds.toFixed(2), row.bareKoa.toFixed(2)];
  return `Microseconds per push in each function itself, ${mode} mode: ${total.toFixed(1)} in all, ${totalOfBareKoa.toFixed(1)} with bare Koa

${table(
  ["koa-wx", "bare Koa", "function", "where"],
  functions.map((row) => [...figures(row), ...row.what.split("\t")]),
)}

The same by file of koa-wx, package and module of Node

${table(
  ["koa-wx", "bare Koa", "where"],
  places.slice(0, shown).map((row) => [...figures(row), row.what]),
)}

The whole profile, for the "Performance" panel of Chromium's developer tools: ${file}`;
}
