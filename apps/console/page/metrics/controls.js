import { html, useEffect, useState } from "../vendor/preact.js";
import { ask } from "../ask.js";
import { readQuery, writeQuery } from "./query-text.js";

const functions = ["rate", "increase", "avg", "min", "max", "last", "p50", "p90", "p95", "p99"];

/** Function, labels that are wanted and labels to group by, as controls that write the query. */
export function Controls({ query, bounds, onAsk }) {
  const parsed = readQuery(query);
  const labels = useLabels(parsed?.name, bounds);
  if (!parsed) return undefined;
  const { applied, by } = parsed;
  const change = (patch) => onAsk(writeQuery({ ...parsed, ...patch }));
  const group = (label) => {
    const next = by?.includes(label) ? by.filter((each) => each !== label) : [...(by ?? []), label];
    change({ by: next.length === 0 ? undefined : next });
  };
  return html`<div class="controls">
    <label
      >Function
      <select value=${applied} onChange=${(event) => change({ applied: event.target.value })}>
        ${(functions.includes(applied) ? functions : [applied, ...functions]).map(
          (name) => html`<option key=${name} value=${name}>${name}</option>`,
        )}
      </select>
    </label>
    <fieldset class="times">
      <legend>Group by</legend>
      <button
        type="button"
        aria-pressed=${by === undefined ? "true" : "false"}
        onClick=${() => change({ by: undefined })}
      >
        each series
      </button>
      <button type="button" aria-pressed=${by?.length === 0 ? "true" : "false"} onClick=${() => change({ by: [] })}>
        all as one
      </button>
      ${labels.map(
        ({ label }) =>
          html`<button
            type="button"
            key=${label}
            aria-pressed=${by?.includes(label) ? "true" : "false"}
            onClick=${() => group(label)}
          >
            ${label}
          </button>`,
      )}
    </fieldset>
    <fieldset class="times">
      <legend>Only</legend>
      ${labels.map((of) => html`<${Filter} key=${of.label} of=${of} parsed=${parsed} onChange=${change} />`)}
    </fieldset>
  </div>`;
}

/** One value of a label, or any. What other operators than `=` ask for is written as text. */
function Filter({ of: { label, values, isComplete }, parsed: { matchers }, onChange }) {
  const others = matchers.filter((matcher) => matcher.label !== label);
  const own = matchers.filter((matcher) => matcher.label === label);
  const isText = own.length > 1 || own.some(({ operator }) => operator !== "=");
  const value = own[0]?.value ?? "";
  const choose = (event) => {
    if (event.target.value === "text") return;
    const wanted = event.target.value.slice(1);
    const matcher = { label, operator: "=", value: wanted };
    onChange({ matchers: event.target.value === "" ? others : [...others, matcher] });
  };
  const known = own.length === 1 && !isText && !values.includes(value) ? [value, ...values] : values;
  return html`<label
    >${label}
    <select aria-label=${label} value=${isText ? "text" : own.length === 0 ? "" : `=${value}`} onChange=${choose}>
      <option value="">any</option>
      ${isText && html`<option value="text">${own.map((each) => `${each.operator} ${each.value}`).join(", ")}</option>`}
      ${known.map((each) => html`<option key=${each} value=${`=${each}`}>${each}</option>`)}
      ${!isComplete && html`<option disabled>more: as text</option>`}
    </select>
  </label>`;
}

function useLabels(name, bounds) {
  const [found, setFound] = useState({ name: undefined, labels: [] });
  const isKnown = bounds !== undefined;
  useEffect(() => {
    if (name === undefined || !isKnown) return undefined;
    const stopping = new AbortController();
    ask("/metrics-api/labels", { name, ...bounds }, stopping.signal).then(
      ({ labels }) => setFound({ name, labels }),
      // The chart tells of the same failure.
      () => !stopping.signal.aborted && setFound({ name, labels: [] }),
    );
    return () => stopping.abort();
  }, [name, isKnown]);
  return found.name === name ? found.labels : [];
}
