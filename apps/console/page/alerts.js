import { html, render } from "./vendor/preact.js";
import { ActiveAlert } from "./alerts/active-alert.js";
import { readAddress, writeAddress } from "./alerts/address.js";
import { History } from "./alerts/history.js";
import { Notices } from "./alerts/notices.js";
import { Rules } from "./alerts/rules.js";
import { Silences } from "./alerts/silences.js";
import { useAlerts } from "./alerts/use-alerts.js";
import { localTime, utcTime, zoneAt } from "./times.js";
import { useAddress } from "./use-address.js";

function Alerts() {
  const [state, change] = useAddress(readAddress, writeAddress);
  const { found, problem, hasMonitor, refresh } = useAlerts(state);
  if (!hasMonitor) return html`<${NoMonitor} />`;
  return html`<div class="alerts" data-ready=${found ? "true" : "false"}>
    ${problem && html`<p class="problem" role="alert">${problem.detail}</p>`}
    ${!found && !problem && html`<p class="hint">Asking the monitor …</p>`}
    ${
      found &&
      html`
        <${Active} found=${found} refresh=${refresh} />
        <${Silences} silences=${found.silences} onChanged=${refresh} />
        <${Notices} notices=${found.notices} />
        <${History} state=${state} found=${found} onChange=${change} />
        <${Rules} rules=${found.rules} onName=${(name) => change({ alert: name })} />
      `
    }
  </div>`;
}

function Active({ found, refresh }) {
  const { alerts, total, silences } = found;
  const count = (state) => alerts.filter((alert) => alert.state === state).length;
  return html`<section class="card" aria-labelledby="active-title">
    <h2 id="active-title">Active</h2>
    <p class="sum">
      <span role="status"
        >${alerts.length === 0 ? "Nothing fires." : `${count("firing")} firing, ${count("pending")} pending`}</span
      >
      <${AsOf} timeMs=${found.windowEndMs} />
    </p>
    ${total > alerts.length && html`<p>${alerts.length} of ${total} alerts are shown, the severest.</p>`}
    <ul class="alert-list">
      ${alerts.map(
        (alert) =>
          html`<${ActiveAlert}
            key=${alert.episode}
            alert=${alert}
            nowMs=${found.nowMs}
            silences=${silences}
            onChanged=${refresh}
          />`,
      )}
    </ul>
  </section>`;
}

/** Alerts are judged at the ends of windows: what is shown is true of the last one. */
function AsOf({ timeMs }) {
  if (timeMs === null) return html`<span>No window of metrics has closed yet.</span>`;
  return html`<span title=${utcTime(timeMs)}>as of ${localTime(timeMs, false)} ${zoneAt(timeMs)}</span>`;
}

function NoMonitor() {
  return html`<div class="alerts" data-ready="true">
    <section class="card nothing">
      <h2>No monitor runs here</h2>
      <p>
        Alerts are judged by the monitor, on whose address this page shows them. Start it (<code>apps/monitor</code>),
        with rules in <code>FOOTFALL_MONITOR_RULES_FILE</code>.
      </p>
    </section>
  </div>`;
}

render(html`<${Alerts} />`, document.getElementById("alerts"));
