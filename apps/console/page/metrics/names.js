import { html, useEffect, useState } from "../vendor/preact.js";
import { ask } from "../ask.js";
import { firstQuery } from "./query-text.js";
import { unitOfName } from "./units.js";

const namesMax = 50;
const typingMs = 150;

/** All metrics of the time range, searched on the server. */
export function Names({ chosen, bounds, onAsk }) {
  const [search, setSearch] = useState("");
  const [found, setFound] = useState();
  const from = bounds && Math.floor(bounds.from / 600_000) * 600_000;
  useEffect(() => {
    if (from === undefined) return undefined;
    const stopping = new AbortController();
    const parameters = { search, from, to: bounds.to, limit: namesMax };
    const asking = () =>
      ask("/metrics-api/names", parameters, stopping.signal).then(
        setFound,
        (problem) => !stopping.signal.aborted && setFound({ names: [], total: 0, problem }),
      );
    const timer = setTimeout(asking, search === "" ? 0 : typingMs);
    return () => {
      clearTimeout(timer);
      stopping.abort();
    };
  }, [search, from]);
  return html`<aside class="fields card" aria-label="Metrics">
    <h2>Metrics</h2>
    <input
      type="search"
      aria-label="Find a metric"
      placeholder="part of a name"
      value=${search}
      onInput=${(event) => setSearch(event.target.value.trim())}
    />
    <p role="status">${sum(found)}</p>
    <ul class="names">
      ${found?.names.map(
        (metric) =>
          html`<li key=${`${metric.name} ${metric.kind}`}>
            <button
              type="button"
              aria-pressed=${metric.name === chosen ? "true" : "false"}
              onClick=${() => onAsk(firstQuery(metric))}
            >
              ${metric.name}
            </button>
            <span class="kind">${[metric.kind, unitOfName(metric.name).name].filter(Boolean).join(", ")}</span>
          </li>`,
      )}
    </ul>
  </aside>`;
}

function sum(found) {
  if (!found) return "…";
  if (found.problem) return found.problem.status === 404 ? "" : found.problem.detail;
  const { names, total } = found;
  if (total === 0) return "No metric in this time.";
  return names.length < total ? `${names.length} of ${total}; type to find others.` : `${total} in this time.`;
}
