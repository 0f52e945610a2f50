import { html, render, useEffect, useState } from "./vendor/preact.js";
import { ask } from "./ask.js";
import { readAddress, writeAddress } from "./comparisons/address.js";
import { Mismatch } from "./comparisons/mismatch.js";
import { Run, RunList } from "./comparisons/run.js";
import { useAddress } from "./use-address.js";

function Comparisons() {
  const [state, change] = useAddress(readAddress, writeAddress);
  const runs = useAnswer("/console/comparisons.json", { topic: state.topic });
  const { found, problem } = runs;
  const run = found?.runs.find(({ runId }) => runId === state.run) ?? found?.runs[0];
  const outcomes = Object.keys(run?.outcomes ?? {});
  const outcome = outcomes.includes(state.outcome) ? state.outcome : outcomes[0];
  return html`<div class="comparisons" data-ready=${found ? "true" : "false"}>
    ${problem && html`<p class="problem" role="alert">${problem.detail}</p>`}
    ${!found && !problem && html`<p class="hint">Reading mismatches …</p>`}
    ${found && !run && html`<${Nothing} found=${found} />`}
    ${
      run &&
      html`
        <${RunList}
          found=${found}
          chosen=${run}
          onChoose=${(runId) => change({ run: runId, outcome: "" })}
          onRefresh=${runs.refresh}
        />
        <${Run} run=${run} outcome=${outcome} onOutcome=${(name) => change({ run: run.runId, outcome: name })} />
        ${
          outcome &&
          html`<${Mismatches} key=${`${run.runId} ${outcome}`} topic=${found.topic} run=${run} outcome=${outcome} />`
        }
      `
    }
  </div>`;
}

function Mismatches({ topic, run, outcome }) {
  const { found, problem } = useAnswer("/console/comparisons/mismatches.json", { topic, run: run.runId, outcome });
  if (problem) return html`<p class="problem" role="alert">${problem.detail}</p>`;
  if (!found) return html`<p class="hint">Reading mismatches …</p>`;
  const { mismatches, total } = found;
  return html`<section class="card" aria-labelledby="mismatches-title">
    <h2 id="mismatches-title">Mismatches: ${outcome}</h2>
    ${total > mismatches.length && html`<p class="hint">The first ${mismatches.length} of ${total} are shown.</p>`}
    <ul class="mismatches" data-outcome=${outcome}>
      ${mismatches.map((mismatch) => html`<${Mismatch} key=${mismatch.id} mismatch=${mismatch} />`)}
    </ul>
  </section>`;
}

function Nothing({ found }) {
  return html`<section class="card nothing">
    <h2>No comparison yet</h2>
    <p>
      ${found.hasTopic ? "No run is in topic" : "There is no topic"} <code>${found.topic}</code>. Compare two topics or
      files with
      <code>npm run reconcile -- --left orders --right orders.new --key orderId --mismatches ${found.topic}</code>.
    </p>
  </section>`;
}

/** An answer of the server, anew when what is asked changes; the last one stays when one fails. */
function useAnswer(path, parameters) {
  const [state, setState] = useState({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stopping = new AbortController();
    ask(path, parameters, stopping.signal).then(
      (found) => setState({ found }),
      (problem) => !stopping.signal.aborted && setState(({ found }) => ({ found, problem })),
    );
    return () => stopping.abort();
  }, [path, JSON.stringify(parameters), turn]);
  return { ...state, refresh: () => setTurn(turn + 1) };
}

render(html`<${Comparisons} />`, document.getElementById("comparisons"));
