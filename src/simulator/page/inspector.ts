import { html } from "htm/preact";
import { useState } from "preact/hooks";
import type { JournalRecord } from "../journal.js";
import { Icon } from "./icons.js";
import { duration, exactTime } from "./lines.js";
import { CallDetail, PushDetail } from "./record.js";
import { Settings } from "./settings.js";
import { change, t, usePage } from "./store.js";

/** What goes over the wire, and the switches that make it go wrong. */
export function Inspector() {
  const [tab, setTab] = useState<"traffic" | "settings">("traffic");
  return html`<section class="inspector" aria-label=${t("inspector")}>
    <div class="tabs" role="tablist">
      ${(["traffic", "settings"] as const).map(
        (name) => html`<button
          type="button"
          role="tab"
          aria-selected=${tab === name}
          onClick=${() => setTab(name)}
        >
          ${t(name)}
        </button>`,
      )}
    </div>
    ${tab === "traffic" ? html`<${Traffic} />` : html`<${Settings} />`}
  </section>`;
}

function Traffic() {
  const { records } = usePage();
  const [kind, setKind] = useState<"all" | "push" | "call">("all");
  const [chosen, choose] = useState<number | undefined>(undefined);
  const shown = records.filter((record) => kind === "all" || record.kind === kind).toReversed();
  const record = records.find(({ id }) => id === chosen);
  const filters = { all: "all", push: "pushes", call: "calls" } as const;
  return html`<div class="traffic" data-detail=${record !== undefined}>
    <div class="traffic-list">
      <div class="filters">
        ${(["all", "push", "call"] as const).map(
          (name) => html`<button
            type="button"
            class="chip"
            aria-pressed=${kind === name}
            onClick=${() => setKind(name)}
          >
            ${t(filters[name])}
          </button>`,
        )}
        <button
          type="button"
          class="chip chip-quiet"
          disabled=${records.length === 0}
          onClick=${() => change({ records: [] })}
        >
          ${t("clear")}
        </button>
      </div>
      <ol class="records">
        ${shown.map(
          (one) => html`<li key=${one.id}>
            <${Row} record=${one} chosen=${one.id === chosen} onChoose=${() => choose(one.id)} />
          </li>`,
        )}
      </ol>
      ${
        shown.length === 0 &&
        html`<div class="nothing"><b>${t("nothingYet")}</b><p>${t("nothingHint")}</p></div>`
      }
    </div>
    <div class="traffic-detail">
      ${
        record === undefined
          ? html`<p class="nothing">${t("pick")}</p>`
          : html`<button type="button" class="plain detail-back" onClick=${() => choose(undefined)}>
                <${Icon} name="back" /> ${t("back")}
              </button>
              ${
                record.kind === "push"
                  ? html`<${PushDetail} key=${record.id} record=${record} />`
                  : html`<${CallDetail} key=${record.id} record=${record} />`
              }`
      }
    </div>
  </div>`;
}

function Row({
  record,
  chosen,
  onChoose,
}: {
  readonly record: JournalRecord;
  readonly chosen: boolean;
  onChoose(): void;
}) {
  const { people } = usePage();
  const isPush = record.kind === "push";
  const state = isPush ? record.outcome : failed(record.status, record.answer) ? "fault" : "reply";
  const name = isPush ? people.find(({ openid }) => openid === record.openid)?.nickname : undefined;
  const took = isPush
    ? record.attempts.reduce((total, attempt) => total + attempt.duration, 0)
    : record.duration;
  return html`<button
    type="button"
    class="record"
    data-state=${state}
    aria-pressed=${chosen}
    onClick=${onChoose}
  >
    <span class="record-kind" data-kind=${record.kind} title=${t(isPush ? "push" : "call")}
      >${isPush ? "↓" : "↑"}</span
    >
    <span class="record-title">${isPush ? pushTitle(record.xml) : record.path.replace(/^\/(cgi-bin\/)?/, "")}</span>
    <time>${exactTime(record.at)}</time>
    <span class="record-more">
      ${
        isPush
          ? html`<i>${t(record.outcome)}</i>${record.attempts.length > 1 && html`<b>×${record.attempts.length}</b>`}`
          : html`<i>${summary(record.status, record.answer)}</i>`
      }
      ${name !== undefined && html`<span>${name}</span>`}
    </span>
    <span class="record-took">${record.kind === "push" && record.attempts.length === 0 ? "" : duration(took)}</span>
  </button>`;
}

/** What a push is about, in a few words. */
function pushTitle(xml: string): string {
  const of = (name: string) =>
    new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([\\s\\S]*?)(?:\\]\\]>)?</${name}>`).exec(xml)?.[1] ??
    "";
  const type = of("MsgType");
  if (type === "event") return `${of("Event")} ${of("EventKey")}`;
  const rest = of("Content") || of("Recognition") || of("Label") || of("Title");
  return `${type} ${rest}`.slice(0, 80);
}

function failed(status: number, answer: string): boolean {
  return status !== 200 || errorOf(answer) !== 0;
}

function summary(status: number, answer: string): string {
  const error = errorOf(answer);
  if (status === 0) return t("hang");
  return error === 0 ? String(status) : `errcode ${error}`;
}

function errorOf(answer: string): number {
  return Number(/^\s*\{\s*"errcode"\s*:\s*(-?\d+)/.exec(answer)?.[1] ?? 0);
}
