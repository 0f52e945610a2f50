import { html } from "../vendor/preact.js";
import { Severity } from "./labels.js";

/** Every rule with its state, calm ones too; its name asks for its history. */
export function Rules({ rules, onName }) {
  return html`<section class="card" aria-labelledby="rules-title">
    <h2 id="rules-title">Rules</h2>
    <p class="sum">${rules.length} ${rules.length === 1 ? "rule" : "rules"}; a name shows its history.</p>
    <ul class="alert-list">
      ${rules.map(
        ({ rule, name, group, labels, condition, state, firing, pending }) =>
          html`<li key=${rule} class="rule" data-rule=${name} data-state=${state}>
            <span class="state">${stateText(state, firing, pending)}</span>
            <${Severity} labels=${labels} />
            <button type="button" title=${`History of ${name}; group ${group}`} onClick=${() => onName(name)}>
              ${name}
            </button>
            <span class="hint">${condition}</span>
          </li>`,
      )}
    </ul>
  </section>`;
}

function stateText(state, firing, pending) {
  if (state === "calm") return "calm";
  return [firing > 0 ? `${firing} firing` : "", pending > 0 ? `${pending} pending` : ""].filter(Boolean).join(", ");
}
