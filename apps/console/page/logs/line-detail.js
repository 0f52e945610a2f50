import { html, useEffect, useState } from "../vendor/preact.js";
import { localTime, utcTime, zoneAt } from "../times.js";
import { ask } from "../ask.js";
import { LineSummary } from "./line-summary.js";
import { TermButtons } from "./term-buttons.js";

const aroundLines = 50;
const requestNames = /(^|[._])request[._-]?id$/i;

/** The whole line, its fields as filters, and the lines around it. */
export function LineDetail({ entry, q, around, onTerm, onOnly, onAround }) {
  const [whole, setWhole] = useState();
  const [problem, setProblem] = useState();
  const isCut = entry.bodyLength !== undefined && !whole;
  const known = (names) => entry.fields.find(({ name, filter }) => filter !== undefined && names(name));
  const trace = known((name) => name === "trace");
  const request = known((name) => requestNames.test(name));
  const showWhole = () =>
    ask("/console/logs/around.json", { id: entry.id, before: 0, after: 0 }).then(
      (found) => setWhole(found.entry.body),
      setProblem,
    );
  return html`<div class="detail">
    <pre tabindex="0" aria-label="The whole line">${whole ?? entry.body}</pre>
    ${
      isCut &&
      html`<p>
        <span>${`The first ${entry.body.length} of ${entry.bodyLength} characters. `}</span>
        <button type="button" onClick=${showWhole}>Show all</button>
      </p>`
    }
    ${problem && html`<p class="problem">${problem.detail}</p>`}
    <p class="ways">
      <button type="button" aria-pressed=${around ? "true" : "false"} onClick=${() => onAround(!around)}>
        Lines around it (±${aroundLines})
      </button>
      ${trace && html`<button type="button" onClick=${() => onOnly(trace.filter)}>All lines of this trace</button>`}
      ${request && html`<button type="button" onClick=${() => onOnly(request.filter)}>All lines of this request</button>`}
    </p>
    ${around && html`<${Surroundings} id=${entry.id} />`}
    <dl>
      <div>
        <dt>time</dt>
        <dd title=${utcTime(entry.occurredAtMs)}>${localTime(entry.occurredAtMs)} ${zoneAt(entry.occurredAtMs)}</dd>
      </div>
      ${entry.fields.map(
        ({ name, value, filter }) =>
          html`<div key=${name}>
            <dt>${name}</dt>
            <dd><${TermButtons} value=${value} filter=${filter} q=${q} onTerm=${onTerm} /></dd>
          </div>`,
      )}
    </dl>
  </div>`;
}

/** Lines of the same file or instance, in the order they were written. */
function Surroundings({ id }) {
  const [found, setFound] = useState();
  useEffect(() => {
    const stopping = new AbortController();
    ask("/console/logs/around.json", { id, before: aroundLines, after: aroundLines }, stopping.signal)
      .then(setFound)
      .catch((problem) => !stopping.signal.aborted && setFound({ problem }));
    return () => stopping.abort();
  }, [id]);
  if (!found) return html`<p aria-busy="true">Looking for the lines around it …</p>`;
  if (found.problem) return html`<p class="problem">${found.problem.detail}</p>`;
  const { before, entry, after } = found;
  const edge = (lines, name) => (lines.length < aroundLines ? `, where the ${name} is` : "");
  const counts = `${before.length} lines before${edge(before, "beginning")}, ${after.length} after${edge(after, "end")}`;
  const text = `${counts}; oldest first.`;
  return html`<section class="around" aria-label="Lines around it">
    <p>${text}</p>
    <ol class="lines" tabindex="0" aria-label="Lines around it, oldest first">
      ${[...before, entry, ...after].map(
        (line) =>
          html`<li
            key=${line.id}
            data-id=${line.id}
            data-level=${line.level ?? "unknown"}
            class=${line.id === entry.id ? "centre" : ""}
          >
            <${LineSummary} entry=${line} />
          </li>`,
      )}
    </ol>
  </section>`;
}
