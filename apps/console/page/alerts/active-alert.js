import { html, useState } from "../vendor/preact.js";
import { localTime, utcTime } from "../times.js";
import { lengthText, valueText } from "./figures.js";
import { Labels, Severity } from "./labels.js";
import { RelatedLinks } from "./related-links.js";
import { SilenceForm } from "./silence-form.js";

/** One alert that is pending or fires; those that nobody hears of are told apart, not hidden. */
export function ActiveAlert({ alert, nowMs, silences, onChanged }) {
  const [isSilencing, setSilencing] = useState(false);
  const { labels, annotations, state, value, activeAtMs, firedAtMs } = alert;
  const muting = silences.filter(({ id }) => alert.silencedBy.includes(id));
  const isMuted = muting.length > 0 || alert.isInhibited;
  const sinceMs = state === "firing" ? (firedAtMs ?? activeAtMs) : activeAtMs;
  const done = () => {
    setSilencing(false);
    onChanged();
  };
  return html`<li
    class="alert"
    data-alert=${labels.alertname}
    data-state=${state}
    data-muted=${isMuted ? "true" : "false"}
    data-severity=${labels.severity ?? "none"}
  >
    <div class="head">
      <${Severity} labels=${labels} />
      <h3>${labels.alertname}</h3>
      <span class="state">${state}</span>
      <span title=${utcTime(sinceMs)}>since ${localTime(sinceMs, false)} (${lengthText(nowMs - sinceMs)})</span>
      <span title=${value ?? ""}>value <b>${valueText(value)}</b></span>
      ${muting.map(
        ({ id, endsAtMs, createdBy }) =>
          html`<span class="muted" key=${id}>silenced by ${createdBy} until ${localTime(endsAtMs, false)}</span>`,
      )}
      ${alert.isInhibited && html`<span class="muted">inhibited by another alert</span>`}
    </div>
    ${annotations.summary && html`<p class="summary">${annotations.summary}</p>`}
    <p class="hint">${annotations.description}</p>
    <dl>
      ${
        alert.condition &&
        html`<div>
          <dt>Fires when</dt>
          <dd>${alert.condition}</dd>
        </div>`
      }
      <div>
        <dt>Labels</dt>
        <dd><${Labels} labels=${labels} /></dd>
      </div>
    </dl>
    <div class="ways">
      <${RelatedLinks}
        related=${alert.related}
        runbook=${annotations.runbook_url ?? annotations.runbook}
        nowMs=${nowMs}
      />
      ${!isSilencing && html`<button type="button" onClick=${() => setSilencing(true)}>Silence …</button>`}
    </div>
    ${isSilencing && html`<${SilenceForm} labels=${labels} onDone=${done} onCancel=${() => setSilencing(false)} />`}
  </li>`;
}
