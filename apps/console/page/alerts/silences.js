import { html, useState } from "../vendor/preact.js";
import { localTime, utcTime } from "../times.js";
import { change } from "./change.js";

/** Silences that are not over. */
export function Silences({ silences, onChanged }) {
  const [problem, setProblem] = useState();
  const expire = async (id) => {
    setProblem(undefined);
    try {
      await change("DELETE", `/alerts-api/silences/${id}`);
    } catch (refused) {
      setProblem(refused);
    }
    onChanged();
  };
  return html`<section class="card" aria-labelledby="silences-title">
    <h2 id="silences-title">Silences</h2>
    ${problem && html`<p class="problem" role="alert">${problem.detail}</p>`}
    ${silences.length === 0 && html`<p class="sum">None. Silence an alert above: it goes on, and nobody is told.</p>`}
    <ul class="alert-list">
      ${silences.map(
        ({ id, matchers, endsAtMs, createdBy, comment }) =>
          html`<li key=${id} class="silence" data-silence=${id}>
            <span class="labels">
              ${matchers.map((matcher) => {
                const text = `${matcher.name}${matcher.op}${matcher.value}`;
                return html`<code key=${text}>${text}</code>`;
              })}
            </span>
            <span title=${utcTime(endsAtMs)}>until ${localTime(endsAtMs, false)}</span>
            <span>${createdBy}: ${comment}</span>
            <button type="button" onClick=${() => expire(id)}>Expire</button>
          </li>`,
      )}
    </ul>
  </section>`;
}
