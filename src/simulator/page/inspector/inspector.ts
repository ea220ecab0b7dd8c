import { html } from "htm/preact";
import { useRef, useState } from "preact/hooks";
import type { JournalRecord } from "../../world/journal.js";
import { useArrows } from "../focus.js";
import { Icon } from "../icons.js";
import { duration, exactTime } from "../lines.js";
import { change, inOwn, t, usePage } from "../store.js";
import { callOutcome, callState } from "./calls.js";
import { CallDetail, PushDetail } from "./record.js";
import { Settings } from "./settings.js";

/** What goes over the wire, and the switches that make it go wrong. */
export function Inspector() {
  const [tab, setTab] = useState<"traffic" | "settings">("traffic");
  const arrows = useArrows<HTMLDivElement>("[role=tab]");
  return html`<section class="inspector" aria-label=${t("inspector")}>
    <div class="tabs">
      <div role="tablist" aria-label=${t("inspector")} ...${arrows}>
        ${(["traffic", "settings"] as const).map(
          (name) => html`<button
            type="button"
            role="tab"
            id=${`tab-${name}`}
            aria-selected=${tab === name}
            aria-controls="tab-panel"
            onFocus=${() => setTab(name)}
            onClick=${() => setTab(name)}
          >
            ${t(name)}
          </button>`,
        )}
      </div>
      <${BotLight} />
    </div>
    <div class="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby=${`tab-${tab}`}>
      ${tab === "traffic" ? html`<${Traffic} />` : html`<${Settings} />`}
    </div>
  </section>`;
}

/** Whether the bot is there, if somebody follows that. */
function BotLight() {
  const { settings } = usePage();
  if (settings?.light === undefined) return null;
  const trouble = inOwn(settings.light.trouble, settings.light.troubleZh);
  return html`<p class="light" role="status" data-up=${trouble === undefined} title=${trouble}>
    ${trouble === undefined ? t("botUp") : html`${t("botDown")}<span>${trouble}</span>`}
  </p>`;
}

function Traffic() {
  const { records } = usePage();
  const [kind, setKind] = useState<"all" | "push" | "call">("all");
  const [chosen, choose] = useState<number | undefined>(undefined);
  const shown = records.filter((record) => kind === "all" || record.kind === kind).toReversed();
  const record = records.find(({ id }) => id === chosen);
  const filters = { all: "all", push: "pushes", call: "calls" } as const;
  const arrows = useArrows<HTMLOListElement>(".record");
  const detail = useRef<HTMLDivElement>(null);
  // Where list and detail share one place, the row is gone until the detail is left.
  const leave = () => {
    choose(undefined);
    requestAnimationFrame(() =>
      arrows.ref.current?.querySelector<HTMLElement>("[data-stop=yes]")?.focus(),
    );
  };
  const enter = (id: number) => {
    choose(id);
    requestAnimationFrame(() =>
      detail.current?.querySelector<HTMLElement>(".detail-back")?.focus(),
    );
  };
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
      <ol class="records" aria-label=${t("traffic")} ...${arrows}>
        ${shown.map(
          (one) => html`<li key=${one.id}>
            <${Row} record=${one} chosen=${one.id === chosen} onChoose=${() => enter(one.id)} />
          </li>`,
        )}
      </ol>
      ${
        shown.length === 0 &&
        html`<div class="nothing"><b>${t("nothingYet")}</b><p>${t("nothingHint")}</p></div>`
      }
    </div>
    <div
      class="traffic-detail"
      ref=${detail}
      onKeyDown=${(event: KeyboardEvent) => event.key === "Escape" && leave()}
    >
      ${
        record === undefined
          ? html`<p class="nothing">${t("pick")}</p>`
          : html`<button type="button" class="plain detail-back" onClick=${leave}>
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
  const state = isPush ? record.outcome : callState(record);
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
          : html`<i>${callOutcome(record) ?? t("hang")}</i>`
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
