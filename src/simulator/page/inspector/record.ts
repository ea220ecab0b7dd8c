import { html } from "htm/preact";
import { useState } from "preact/hooks";
import type { Attempt, CallRecord, PushRecord } from "../../world/journal.js";
import { useArrows } from "../focus.js";
import { duration, exactTime } from "../lines.js";
import { change, copyOf, inOwn, notify, sendAgain, t, usePage } from "../store.js";
import type { Word } from "../words.js";
import { callOutcome, callState } from "./calls.js";
import { Code, Pairs } from "./code.js";

/** Within this, WeChat wants an answer, in milliseconds. */
const patience = 5_000;

/** One push: what it said, each attempt to deliver it, and what WeChat made of the answer. */
export function PushDetail({ record }: { readonly record: PushRecord }) {
  const { attempts, winner, outcome } = record;
  const reason = inOwn(record.reason, record.reasonZh);
  const [chosen, choose] = useState<number | undefined>(undefined);
  const number = chosen ?? winner ?? attempts.at(-1)?.number;
  const attempt = attempts.find((one) => one.number === number);
  const arrows = useArrows<HTMLDivElement>("[role=radio]");
  return html`<article class="detail">
    <header>
      <h2>${t("push")} · ${exactTime(record.at)}</h2>
      <span class="outcome" data-state=${outcome}>${t(outcome)}</span>
    </header>
    <${PushButtons} id=${record.id} />
    ${reason !== undefined && html`<p class="reason"><b>${t("reason")}</b> ${reason}</p>`}
    <div class="attempts" role="radiogroup" aria-label=${t("attempts")} ...${arrows}>
      ${attempts.map(
        (one) => html`<${AttemptRow}
          key=${one.number}
          attempt=${one}
          wins=${one.number === winner && outcome !== "fault"}
          chosen=${one.number === number}
          onChoose=${() => choose(one.number)}
        />`,
      )}
      ${outcome === "pending" && html`<div class="attempt attempt-running"><span></span></div>`}
    </div>
    <${Parts} record=${record} />
    ${
      attempt === undefined
        ? html`<${Code} title=${t("sent")} source=${record.xml} />`
        : html`<${AttemptDetail} key=${attempt.number} attempt=${attempt} xml=${record.xml} />`
    }
  </article>`;
}

/** What can be done with a push: sent once more, or taken elsewhere. */
function PushButtons({ id }: { readonly id: number }) {
  const copy = async (as: "curl" | "test", said: "copiedCurl" | "copiedTest") => {
    const text = await copyOf(id, as);
    if (text === undefined) return;
    await navigator.clipboard.writeText(text).then(
      () => notify(t(said)),
      () => undefined,
    );
  };
  const edit = async () => {
    const composed = await copyOf(id, "fields");
    if (composed !== undefined) change({ composed, half: "phone" });
  };
  const button = (word: Word, onClick: () => unknown) =>
    html`<button type="button" class="chip" onClick=${onClick}>${t(word)}</button>`;
  return html`<div class="push-buttons">
    ${button("again", () => sendAgain(id))} ${button("editAgain", edit)}
    <span role="group" aria-label=${t("copyAs")}>
      <small>${t("copyAs")}</small>
      ${button("asCurl", () => copy("curl", "copiedCurl"))}
      ${button("asTest", () => copy("test", "copiedTest"))}
    </span>
  </div>`;
}

/** What the user has read since the push, and which way each part of it came. */
function Parts({ record }: { readonly record: PushRecord }) {
  const { chat, people, user } = usePage();
  if (people.find(({ name }) => name === user)?.openid !== record.openid) return null;
  const asked = chat.findLastIndex(({ from, at }) => from === "user" && at <= record.at);
  const next = chat.findIndex(({ from, at }) => from === "user" && at > record.at);
  const parts = chat
    .slice(asked + 1, next < 0 ? undefined : next)
    .filter(({ from }) => from === "account");
  if (parts.length < 2) return null;
  return html`<section class="part">
    <h3>${t("parts")}</h3>
    <ol class="parts">
      ${parts.map(
        ({ id, at, by, content }) => html`<li key=${id}>
          <span>+${duration(at - record.at)}</span>
          <b>${t(by === "customer-service" ? "byCustomerService" : by === "template" ? "byTemplate" : "byReply")}</b>
          <span>${content.type === "text" ? content.content.slice(0, 40) : content.type}</span>
        </li>`,
      )}
    </ol>
  </section>`;
}

function AttemptRow({
  attempt,
  wins,
  chosen,
  onChoose,
}: {
  readonly attempt: Attempt;
  readonly wins: boolean;
  readonly chosen: boolean;
  onChoose(): void;
}) {
  const { number, status, failure } = attempt;
  const share = Math.min(1, attempt.duration / patience);
  return html`<button
    type="button"
    class="attempt"
    role="radio"
    aria-checked=${chosen}
    data-failed=${failure !== undefined}
    onFocus=${onChoose}
    onClick=${onChoose}
  >
    <span>${t("attempt", number)}</span>
    <span class="attempt-bar"><i style=${{ width: `${Math.max(1.5, share * 100)}%` }}></i></span>
    <span class="attempt-took">${duration(attempt.duration)}</span>
    <span class="attempt-status">${failure === undefined ? status : "✕"}</span>
    <span class="attempt-wins">${wins && html`✓ <span>${t("winner")}</span>`}</span>
  </button>`;
}

function AttemptDetail({ attempt, xml }: { readonly attempt: Attempt; readonly xml: string }) {
  const { url, body, answer = "", answerXml, status, contentType, explained } = attempt;
  const failure = inOwn(attempt.failure, attempt.failureZh);
  const { origin, pathname, searchParams } = new URL(url, location.href);
  return html`
    <${Explained} lines=${explained ?? (answer === "success" ? [t("unexplained")] : [])} />
    <section class="part">
      <h3>${t("query")}</h3>
      <p class="address">POST ${origin}${pathname}</p>
      <${Pairs} pairs=${[...searchParams]} />
    </section>
    <${Code} title=${t("sent")} source=${xml} wire=${body === xml ? undefined : body} />
    ${
      failure === undefined
        ? html`<${Code}
            title=${t("answer")}
            note=${[status, contentType].filter((one) => one !== undefined).join(" · ")}
            source=${answerXml ?? answer}
            wire=${answerXml === undefined || answerXml === answer ? undefined : answer}
          />`
        : html`<section class="part">
            <h3>${t("answer")}</h3>
            <p class="reason">${failure}</p>
          </section>`
    }
  `;
}

/** What the bot says of a delivery: which handler took it, and why there was no reply. */
function Explained({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return html`<section class="part explained" aria-label=${t("explained")}>
    <h3>${t("explained")}</h3>
    ${lines.map((line) => html`<p>${line}</p>`)}
  </section>`;
}

/** One call of the API: what was asked, and what was answered. */
export function CallDetail({ record }: { readonly record: CallRecord }) {
  const pairs = Object.entries(record.query);
  return html`<article class="detail">
    <header>
      <h2>${t("call")} · ${exactTime(record.at)}</h2>
      <span class="outcome" data-state=${callState(record)}>
        ${callOutcome(record) ?? t("hang")} · ${duration(record.duration)}
      </span>
    </header>
    <section class="part">
      <p class="address">${record.method} ${record.path}</p>
      ${pairs.length > 0 && html`<${Pairs} pairs=${pairs} />`}
    </section>
    ${record.body !== "" && html`<${Code} title=${t("request")} source=${record.body} />`}
    <${Code} title=${t("response")} source=${record.answer} />
  </article>`;
}
