import { html, useEffect, useState } from "../vendor/preact.js";

/** The query as text; what is wrong with it shows at its place. */
export function QueryForm({ query, problem, onAsk }) {
  const [draft, setDraft] = useState(query);
  useEffect(() => setDraft(query), [query]);
  const submit = (event) => {
    event.preventDefault();
    onAsk(draft.trim());
  };
  const position = problem?.position;
  return html`<form class="query" onSubmit=${submit}>
    <label for="query">Query</label>
    <input
      id="query"
      type="search"
      autocomplete="off"
      spellcheck="false"
      placeholder=${'rate(footfall_collector_events_total{status="accepted"}) by (job)'}
      value=${draft}
      aria-invalid=${problem?.status === 400 ? "true" : "false"}
      aria-describedby="query-problem"
      onInput=${(event) => setDraft(event.target.value)}
    />
    <button type="submit">Show</button>
    <div id="query-problem" role="status">
      ${
        problem &&
        html`<p class="problem">
          ${
            position !== undefined &&
            html`<code
              >${query.slice(0, position)}<mark>${query.slice(position, position + 1) || "␣"}</mark>${query.slice(
                position + 1,
              )}</code
            >`
          }
          <span>${problem.detail}</span>
        </p>`
      }
    </div>
  </form>`;
}
