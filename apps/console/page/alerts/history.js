import { html, useMemo } from "../vendor/preact.js";
import { TimePicker } from "../time-picker.js";
import { boundsOf } from "../time-range.js";
import { localTime, utcTime, zoneAt } from "../times.js";
import { lengthText, valueText } from "./figures.js";
import { Labels, Severity } from "./labels.js";
import { RelatedLinks } from "./related-links.js";

/** What fired, or was about to, in a time: a line for each life of an alert. */
export function History({ state, found, onChange }) {
  const { incidents, isComplete, bounds } = found.history;
  const { range, from, to } = state.time;
  // Those of the last answer move on: what someone writes into the picker would be lost.
  const pickerBounds = useMemo(() => boundsOf(state.time, Date.now()), [range, from, to]);
  const names = new Set([...found.rules.map(({ name }) => name), ...incidents.map(({ labels }) => labels.alertname)]);
  if (state.alert) names.add(state.alert);
  return html`<section class="card" aria-labelledby="history-title">
    <h2 id="history-title">History</h2>
    <div class="bar">
      <${TimePicker}
        time=${state.time}
        bounds=${pickerBounds}
        isLive=${false}
        onChange=${(time) => onChange({ time })}
      />
      <label for="alert-name">Alert</label>
      <select id="alert-name" onChange=${(event) => onChange({ alert: event.target.value })}>
        <option value="" selected=${state.alert === ""}>all</option>
        ${[...names]
          .sort()
          .map((name) => html`<option key=${name} value=${name} selected=${state.alert === name}>${name}</option>`)}
      </select>
    </div>
    <p class="sum">
      ${incidents.length} ${incidents.length === 1 ? "incident" : "incidents"}, newest first,
      ${` ${localTime(bounds.from, false)} to ${localTime(bounds.to, false)} ${zoneAt(bounds.to)}.`}
      ${!isComplete && " These are the newest; there are more."}
    </p>
    <ol class="alert-list">
      ${incidents.map((incident) => html`<${Incident} key=${incident.episode} incident=${incident} nowMs=${found.nowMs} />`)}
    </ol>
    ${
      incidents.length === 0 &&
      html`<p class="nothing">
        ${state.alert ? `${state.alert} was calm in this time.` : "Every alert was calm in this time."}
        <button type="button" onClick=${() => onChange({ time: { range: "7d" } })}>Look at the last 7 days</button>
      </p>`
    }
  </section>`;
}

function Incident({ incident, nowMs }) {
  const { labels, annotations, value, related, state } = incident;
  return html`<li
    class="incident"
    data-incident=${labels.alertname}
    data-state=${state}
    data-severity=${labels.severity ?? "none"}
  >
    <div class="head">
      <${Severity} labels=${labels} />
      <b>${labels.alertname}</b>
      <${Labels} labels=${labels} />
      <span title=${value ?? ""}>value <b>${valueText(value)}</b></span>
      <${RelatedLinks} related=${related} nowMs=${nowMs} />
    </div>
    <ol class="steps">
      ${stepsOf(incident, nowMs).map(
        ({ word, atMs, forMs }) =>
          html`<li key=${word}>
            ${word}${atMs !== undefined && html` <time datetime=${utcTime(atMs)} title=${utcTime(atMs)}>${localTime(atMs, false)}</time>`}
            ${forMs !== undefined && html` <span class="count">for ${lengthText(forMs)}</span>`}
          </li>`,
      )}
    </ol>
    ${annotations.summary && html`<p class="hint">${annotations.summary}</p>`}
  </li>`;
}

/** Its states in their order, with how long each lasted; the last one that goes on lasts until now. */
function stepsOf({ pendingMs, firedMs, endedMs, state, reason }, nowMs) {
  const lastMs = endedMs ?? (state === "unknown" ? undefined : nowMs);
  const length = (fromMs, toMs) => (toMs === undefined ? undefined : Math.max(0, toMs - fromMs));
  const steps = [];
  if (pendingMs !== undefined) {
    steps.push({ word: "pending", atMs: pendingMs, forMs: length(pendingMs, firedMs ?? lastMs) });
  }
  if (firedMs !== undefined) steps.push({ word: "firing", atMs: firedMs, forMs: length(firedMs, lastMs) });
  const why = reason === undefined ? "" : ` (${reason})`;
  if (state === "resolved") steps.push({ word: `resolved${why}`, atMs: endedMs });
  else if (state === "inactive") steps.push({ word: `ended while pending${why}`, atMs: endedMs });
  else if (state === "unknown") steps.push({ word: "its end is not known" });
  else steps.push({ word: "goes on" });
  return steps;
}
