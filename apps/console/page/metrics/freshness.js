import { html } from "../vendor/preact.js";
import { localTime, utcTime, zoneAt } from "../times.js";

const behindMs = 120_000;

/** Whether the page goes on by itself, and up to when there is anything to show. */
export function Freshness({ answer, bounds, isLive }) {
  const { watermarkMs } = answer ?? {};
  const isBehind = isLive && bounds !== undefined && watermarkMs !== undefined && bounds.to - watermarkMs > behindMs;
  return html`<span class="freshness" data-live=${isLive ? "true" : "false"}>
    <span>${isLive ? "Live: asked again every 10 s; slower for long ranges." : "Paused: a fixed range."}</span>
    ${
      watermarkMs !== undefined &&
      html`<span class=${isBehind ? "problem" : ""} title=${utcTime(watermarkMs)}>
        ${` As of ${localTime(watermarkMs, false)} ${zoneAt(watermarkMs)}.`}
        ${isBehind && " Nothing newer: the monitor is behind, or no agent sends."}
      </span>`
    }
  </span>`;
}

/** What to start where there is nothing to show. */
export function NothingYet({ isAway }) {
  return html`<section class="results nothing-yet" aria-label="Nothing yet">
    ${
      isAway
        ? html`<p>No monitor runs at this address: nobody makes windows of metrics here.</p>
            <p>Start it (<code>node scripts/run.mjs apps/monitor/src/main.ts</code>); docs/metrics.md says more.</p>`
        : html`<p>No metrics yet: no window of 10 s has closed.</p>
            <p>
              Start an agent that scrapes (<code>npm run agent -- --config agent.yml</code>, with <code>scrape</code> or
              <code>hostMetrics</code> in its file); docs/metrics.md says more.
            </p>`
    }
  </section>`;
}
