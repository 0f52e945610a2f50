import { html } from "../vendor/preact.js";

/** Ways to what else is known of an alert; `related` as the server says it, `nowMs` where it goes on. */
export function RelatedLinks({ related, runbook, nowMs }) {
  const { fromMs, toMs = nowMs, logsQuery, chartQuery } = related;
  const time = { from: Math.max(0, fromMs), to: toMs };
  return html`<span class="links">
    <a class="to-logs" href=${address("/logs", { q: logsQuery, ...time })}>Logs</a>
    ${chartQuery && html`<a class="to-chart" href=${address("/charts", { query: chartQuery, ...time })}>Chart</a>`}
    <${Runbook} place=${runbook} />
  </span>`;
}

const docsPage = /^docs\/(?!.*\.\.)[\w./-]+\.md(?:#[\w-]*)?$/;

/** An address, a page of the product's docs, which the console shows, or what only its writer knows. */
function Runbook({ place }) {
  if (!place) return null;
  if (/^https?:\/\//.test(place)) return html`<a href=${place} rel="noreferrer">Runbook</a>`;
  if (docsPage.test(place)) return html`<a class="to-runbook" href=${`/${place}`}>Runbook</a>`;
  return html`<span class="hint">Runbook: <code>${place}</code></span>`;
}

function address(path, parameters) {
  return `${path}?${new URLSearchParams(parameters)}`;
}
