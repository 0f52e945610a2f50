import { html } from "../vendor/preact.js";
import { localTime, utcTime } from "../times.js";
import { lengthText } from "./figures.js";

/** Who is told of alerts, and how the notices fare. */
export function Notices({ notices }) {
  const { receivers, alertmanagers, nowMs } = notices;
  const isNobody = receivers.length + alertmanagers.length === 0;
  return html`<section class="card" aria-labelledby="notices-title">
    <h2 id="notices-title">Notices</h2>
    ${
      isNobody &&
      html`<p class="sum">
        <span
          >Nobody is told. Name who is in the file of
          <code>FOOTFALL_MONITOR_NOTICES_FILE</code> (docs/metrics.md).</span
        >
      </p>`
    }
    <ul class="alert-list">
      ${receivers.map((receiver) => html`<${Receiver} key=${receiver.receiver} receiver=${receiver} nowMs=${nowMs} />`)}
      ${alertmanagers.map(
        ({ url, takenAtMs, failed }) =>
          html`<li key=${url} class="notice" data-alertmanager=${url} data-state=${stateOf(failed, takenAtMs)}>
            <b>Alertmanager</b> <code>${url}</code>
            <${Taken} timeMs=${takenAtMs} />
            <${Failed} failed=${failed} nowMs=${nowMs} />
          </li>`,
      )}
    </ul>
  </section>`;
}

function stateOf(failed, takenAtMs) {
  if (failed) return "failing";
  return takenAtMs === undefined ? "waiting" : "delivered";
}

function Receiver({ receiver: { receiver, ways, takenAtMs, groups }, nowMs }) {
  return html`<li data-receiver=${receiver}>
    <div class="notice">
      <b>${receiver}</b>
      <span>${ways.length === 0 ? "has no address: nobody hears" : `by ${ways.join(" and ")}`}</span>
      <${Taken} timeMs=${takenAtMs} />
    </div>
    <ul class="groups">
      ${groups.map((group) => {
        const labels = Object.entries(group.labels).map(([name, value]) => `${name}=${value}`);
        return html`<li key=${labels.join()} class="notice" data-state=${group.state}>
          <span class="state">${group.state}</span>
          <span class="labels">
            ${labels.length === 0 ? "all alerts" : labels.map((text) => html`<code key=${text}>${text}</code>`)}
          </span>
          ${
            group.dueAtMs !== undefined &&
            html`<span title=${utcTime(group.dueAtMs)}>from ${localTime(group.dueAtMs, false)} on</span>`
          }
          ${
            group.deliveredAtMs !== undefined &&
            html`<span title=${utcTime(group.deliveredAtMs)}>delivered ${localTime(group.deliveredAtMs, false)}</span>`
          }
          <${Failed} failed=${group.failed} nowMs=${nowMs} />
        </li>`;
      })}
    </ul>
  </li>`;
}

function Taken({ timeMs }) {
  if (timeMs === undefined) return html`<span>nothing delivered since the monitor began</span>`;
  return html`<span title=${utcTime(timeMs)}>last delivered ${localTime(timeMs, false)}</span>`;
}

function Failed({ failed, nowMs }) {
  if (!failed) return null;
  const { attempts, failedAtMs, error } = failed;
  const times = `${attempts} ${attempts === 1 ? "attempt" : "attempts"} failed`;
  return html`<span class="failed">${`${times}, the last ${lengthText(nowMs - failedAtMs)} ago: ${error}`}</span>`;
}
