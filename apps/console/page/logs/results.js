import { html, useEffect, useState } from "../vendor/preact.js";
import { localTime, zoneAt } from "../times.js";
import { ask } from "../ask.js";
import { Line } from "./line.js";
import { rowsMax } from "./use-search.js";

/** The lines that were found, and the truth about how many there are. */
export function Results({ search, state, detail, onToggle, onReset }) {
  const { rows, busy, problem } = search;
  const stray = useStray(state.row, rows, busy);
  const line = (entry) =>
    html`<${Line} key=${entry.id} entry=${entry} isOpen=${entry.id === state.row} onToggle=${onToggle} ...${detail} />`;
  return html`<section class="results card" aria-label="Lines" aria-busy=${busy ? "true" : "false"}>
    <p class="sum">${sum(search, state)}</p>
    ${problem && problem.position === undefined && html`<p class="problem">${problem.detail}</p>`}
    ${stray && html`<p>The opened line is not among those below:</p>`}
    <ol class="lines">
      ${stray && line(stray)} ${rows.map(line)}
    </ol>
    ${rows.length === 0 && !busy && !problem && html`<${Nothing} state=${state} onReset=${onReset} />`}
    ${
      search.next &&
      rows.length < rowsMax &&
      html`<button type="button" class="more" disabled=${busy} onClick=${search.more}>Load more</button>`
    }
    ${
      search.next &&
      rows.length >= rowsMax &&
      html`<p>${rowsMax.toLocaleString("en")} lines are the most that is shown; search for less.</p>`
    }
  </section>`;
}

function sum({ rows, chart, next, isComplete, busy, bounds }, { order, live }) {
  if (busy && rows.length === 0) return "Searching …";
  if (!bounds) return "";
  const shown = rows.length.toLocaleString("en");
  const known = chart && chart.total >= rows.length ? chart.total : undefined;
  const total = known ?? (next ? `at least ${shown}` : rows.length);
  const cut = isComplete ? "" : " The search stopped at its budget; there may be more.";
  const range = `${localTime(bounds.from, false)} to ${localTime(bounds.to, false)} ${zoneAt(bounds.to)}`;
  return `${shown} of ${total.toLocaleString("en")} lines, ${order} first, ${range}.${cut}${live ? " Live." : ""}`;
}

function Nothing({ state, onReset }) {
  return html`<p class="nothing">
    ${state.q === "" ? "No line in this time." : "No line in this time matches the search."}
    ${state.q !== "" && html`<button type="button" onClick=${() => onReset({ q: "" })}>Search for everything</button>`}
    <button type="button" onClick=${() => onReset({ time: { range: "7d" } })}>Look at the last 7 days</button>
  </p>`;
}

/** The opened line, where it is not among the rows: further down, or outside the search. */
function useStray(id, rows, busy) {
  const [stray, setStray] = useState();
  const isMissing = id !== "" && !busy && !rows.some((entry) => entry.id === id);
  useEffect(() => {
    if (!isMissing) return undefined;
    const stopping = new AbortController();
    ask("/console/logs/around.json", { id, before: 0, after: 0 }, stopping.signal).then(
      ({ entry }) => setStray(entry),
      () => {},
    );
    return () => stopping.abort();
  }, [id, isMissing]);
  return isMissing && stray?.id === id ? stray : undefined;
}
