import { html, useState } from "./vendor/preact.js";
import { ranges } from "./time-range.js";
import { inputTime, localTime, zoneAt } from "./times.js";

/** Relative ranges and a fixed one; none can be chosen while live. */
export function TimePicker({ time, bounds, isLive, onChange }) {
  const isFixed = time.range === undefined;
  return html`<fieldset class="times" disabled=${isLive}>
    <legend>Time</legend>
    ${ranges.map(
      ({ name, label }) =>
        html`<button
          type="button"
          key=${name}
          aria-pressed=${time.range === name ? "true" : "false"}
          onClick=${() => onChange({ range: name })}
        >
          ${label}
        </button>`,
    )}
    <details>
      <summary>${isFixed ? `${localTime(time.from, false)} to ${localTime(time.to, false)}` : "from … to"}</summary>
      ${bounds && html`<${FixedRange} key=${`${bounds.from}-${bounds.to}`} bounds=${bounds} onChange=${onChange} />`}
    </details>
  </fieldset>`;
}

function FixedRange({ bounds, onChange }) {
  const [from, setFrom] = useState(inputTime(bounds.from));
  const [to, setTo] = useState(inputTime(bounds.to));
  const range = { from: new Date(from).getTime(), to: new Date(to).getTime() };
  return html`<div class="fixed">
    <label>from <input type="datetime-local" step="1" value=${from} onInput=${(e) => setFrom(e.target.value)} /></label>
    <label>to <input type="datetime-local" step="1" value=${to} onInput=${(e) => setTo(e.target.value)} /></label>
    <span>${zoneAt(bounds.to)}</span>
    <button type="button" disabled=${!(range.from < range.to)} onClick=${() => onChange(range)}>Set</button>
  </div>`;
}
