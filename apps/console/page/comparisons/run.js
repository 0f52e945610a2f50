import { html } from "../vendor/preact.js";
import { localTime, utcTime, zoneAt } from "../times.js";

/** The runs of the topic, newest first. */
export function RunList({ found, chosen, onChoose, onRefresh }) {
  return html`<section class="card" aria-labelledby="runs-title">
    <h2 id="runs-title">Runs in ${found.topic}</h2>
    ${found.isCut && html`<p class="hint">Only the newest records of the topic were read; counts may be short.</p>`}
    <ul class="runs">
      ${found.runs.map(
        (run) =>
          html`<li key=${run.runId}>
            <button
              type="button"
              data-run=${run.runId}
              data-verdict=${verdictOf(run)}
              aria-pressed=${run === chosen ? "true" : "false"}
              onClick=${() => onChoose(run.runId)}
            >
              <span class="verdict">${verdictOf(run)}</span>
              <span>${run.report ? `${run.report.left} ↔ ${run.report.right}` : run.runId}</span>
              <span title=${utcTime(startOf(run))}>${localTime(startOf(run), false)} ${zoneAt(startOf(run))}</span>
              <span>${countOf(run)} mismatches</span>
            </button>
          </li>`,
      )}
    </ul>
    <button type="button" onClick=${onRefresh}>Refresh</button>
  </section>`;
}

/** What a run says, and its outcomes to choose from. */
export function Run({ run, outcome, onOutcome }) {
  const { report, outcomes } = run;
  return html`<section class="card" aria-labelledby="run-title">
    <h2 id="run-title">Run ${run.runId}</h2>
    ${
      report
        ? html`<${Report} report=${report} />`
        : html`<p>This run has not come to its end, so it has no verdict: it goes on, or was stopped.</p>`
    }
    <div class="outcomes" role="group" aria-label="Outcomes">
      ${Object.entries(outcomes).map(
        ([name, count]) =>
          html`<button
            type="button"
            key=${name}
            data-outcome=${name}
            aria-pressed=${name === outcome ? "true" : "false"}
            onClick=${() => onOutcome(name)}
          >
            ${name} <b>${count.toLocaleString("en")}</b>
          </button>`,
      )}
      ${Object.keys(outcomes).length === 0 && html`<p>No mismatch.</p>`}
    </div>
  </section>`;
}

function Report({ report }) {
  const { verdict, exitCode, reasons, startedAtMs, endedAtMs } = report;
  const figures = [
    ...Object.entries(report.figures ?? {}).map(([name, value]) => [capital(name), value.toLocaleString("en")]),
    ["Took", `${((endedAtMs - startedAtMs) / 1000).toFixed(1)} s`],
  ];
  return html`<p data-verdict=${verdict}>
      <b class="verdict">${verdict}</b> (exit code ${exitCode}): ${reasons.join("; ")}
    </p>
    <dl class="figures">
      ${figures.map(
        ([name, value]) =>
          html`<div key=${name}>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
const verdictOf = ({ report }) => report?.verdict ?? "no verdict";
const startOf = ({ report, startedAtMs }) => report?.startedAtMs ?? startedAtMs;
const countOf = ({ outcomes }) =>
  Object.values(outcomes)
    .reduce((sum, count) => sum + count, 0)
    .toLocaleString("en");
