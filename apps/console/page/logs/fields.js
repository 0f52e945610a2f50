import { html, useEffect, useState } from "../vendor/preact.js";
import { ask } from "../ask.js";
import { TermButtons } from "./term-buttons.js";

const always = ["level", "service", "host", "instance", "file"];
const openAtFirst = new Set(["level", "service", "host"]);
/** Each line has its own: lists of them help nobody. */
const unique = new Set(["trace", "span"]);

/** Fields and their values; other fields are those of the lines that are shown. */
export function Fields({ rows, q, onTerm }) {
  const others = new Set(
    rows.flatMap(({ fields }) => fields.flatMap(({ name, filter }) => (filter === undefined ? [] : [name]))),
  );
  const names = [...always, ...[...others].filter((name) => !always.includes(name) && !unique.has(name)).sort()];
  return html`<aside class="fields card" aria-label="Fields">
    <h2>Fields</h2>
    <p class="hint">Counts are of the whole index. Click to include, − to exclude.</p>
    ${names.map((name) => html`<${Field} key=${name} name=${name} q=${q} onTerm=${onTerm} />`)}
  </aside>`;
}

function Field({ name, q, onTerm }) {
  const [isOpen, setOpen] = useState(openAtFirst.has(name));
  const [prefix, setPrefix] = useState("");
  const [answer, setAnswer] = useState();
  useEffect(() => {
    if (!isOpen) return undefined;
    const stopping = new AbortController();
    ask("/console/logs/values.json", { field: name, prefix, limit: 20 }, stopping.signal)
      .then(setAnswer)
      .catch((problem) => !stopping.signal.aborted && setAnswer({ values: [], problem }));
    return () => stopping.abort();
  }, [isOpen, prefix]);
  return html`<details open=${isOpen} onToggle=${(event) => setOpen(event.currentTarget.open)} data-field=${name}>
    <summary>${name}</summary>
    ${answer?.problem && html`<p>${answer.problem.detail}</p>`}
    ${
      (prefix !== "" || answer?.values.length === 20) &&
      html`<input
        type="search"
        aria-label=${`Values of ${name} that begin with`}
        placeholder="begins with"
        value=${prefix}
        onInput=${(event) => setPrefix(event.target.value)}
      />`
    }
    ${answer?.values.length === 0 && !answer.problem && html`<p>no value</p>`}
    <ul>
      ${answer?.values.map(
        ({ value, count, filter }) =>
          html`<li key=${value}>
            <${TermButtons} value=${value} filter=${filter} q=${q} onTerm=${onTerm} />
            <span class="count">${count.toLocaleString("en")}</span>
          </li>`,
      )}
    </ul>
  </details>`;
}
