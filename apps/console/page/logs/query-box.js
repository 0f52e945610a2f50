import { html, useEffect, useState } from "../vendor/preact.js";

/** The search box; what is wrong with a query shows at its place. */
export function QueryBox({ q, problem, onSearch }) {
  const [draft, setDraft] = useState(q);
  useEffect(() => setDraft(q), [q]);
  const position = problem?.position;
  const submit = (event) => {
    event.preventDefault();
    onSearch(draft.trim());
  };
  return html`<form role="search" class="query" onSubmit=${submit}>
    <label for="q">Search</label>
    <input
      id="q"
      type="search"
      autocomplete="off"
      spellcheck="false"
      placeholder=${'level:error "exact phrase" -noise status:>=500 service:cart'}
      value=${draft}
      aria-invalid=${position === undefined ? "false" : "true"}
      aria-describedby="q-problem"
      onInput=${(event) => setDraft(event.target.value)}
    />
    <button type="submit">Search</button>
    <div id="q-problem" role="status">
      ${
        position !== undefined &&
        html`<p class="problem">
          <code
            >${q.slice(0, position)}<mark>${q.slice(position, position + 1) || "␣"}</mark>${q.slice(position + 1)}</code
          >
          <span>At ${position + 1}: ${problem.detail}; ${problem.hint}.</span>
        </p>`
      }
    </div>
  </form>`;
}
