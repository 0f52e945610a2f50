import { html, render, useState } from "./vendor/preact.js";
import { readAddress, writeAddress } from "./metrics/address.js";
import { Chart } from "./metrics/chart.js";
import { Controls } from "./metrics/controls.js";
import { fixedCharts } from "./metrics/fixed-charts.js";
import { Freshness, NothingYet } from "./metrics/freshness.js";
import { Names } from "./metrics/names.js";
import { QueryForm } from "./metrics/query-form.js";
import { readQuery } from "./metrics/query-text.js";
import { unitOf } from "./metrics/units.js";
import { useAnswers } from "./metrics/use-answers.js";
import { TimePicker } from "./time-picker.js";
import { useAddress } from "./use-address.js";
import { useKeys } from "./use-keys.js";

const overview = fixedCharts.map(({ query }) => query);

function Metrics() {
  const [{ query, time }, change] = useAddress(readAddress, writeAddress);
  const [lastRange, setLastRange] = useState("1h");
  const queries = query === "" ? overview : [query];
  const { answers, busy, bounds, isOld } = useAnswers(queries, time);
  const isLive = time.range !== undefined;
  const setTime = (chosen) => {
    if (isLive) setLastRange(time.range);
    change({ time: chosen });
  };
  const toggleLive = () => setTime(isLive ? bounds : { range: lastRange });
  const zoom = (from, to) => setTime({ from, to });
  useKeys({
    "/": () => document.getElementById("query").focus(),
    p: toggleLive,
    Escape: () => document.activeElement?.blur(),
  });
  const answer = query === "" ? undefined : answers.get(query);
  const problem = isOld ? undefined : answer?.problem;
  const first = answers.get(queries[0]);
  const isAway = first?.problem?.status === 404;
  const isEmpty = first?.series !== undefined && first.watermarkMs === undefined;
  return html`<div class="logs metrics" data-ready=${busy || isOld ? "false" : "true"}>
    <${QueryForm} query=${query} problem=${isAway ? undefined : problem} onAsk=${(text) => change({ query: text })} />
    <div class="bar">
      <${TimePicker} time=${time} bounds=${bounds} isLive=${false} onChange=${setTime} />
      <button type="button" onClick=${toggleLive} disabled=${!bounds}>${isLive ? "Pause" : "Live"}</button>
      <${Freshness} answer=${first} bounds=${bounds} isLive=${isLive} />
    </div>
    ${
      isAway || isEmpty
        ? html`<${NothingYet} isAway=${isAway} />`
        : html`<div class="columns">
            <${Names} chosen=${readQuery(query)?.name} bounds=${bounds} onAsk=${(text) => change({ query: text })} />
            ${
              query === ""
                ? html`<${Overview} answers=${answers} time=${time} onZoom=${zoom} />`
                : html`<section class="results card" aria-label="Chart" aria-busy=${busy ? "true" : "false"}>
                    <p class="way-back"><a href=${writeAddress({ query: "", time })}>Overview</a></p>
                    <${Controls} query=${query} bounds=${bounds} onAsk=${(text) => change({ query: text })} />
                    <${Chart} title=${query} unit=${unitOf(readQuery(query))} answer=${answer} isLarge onZoom=${zoom} />
                  </section>`
            }
          </div>`
    }
  </div>`;
}

function Overview({ answers, time, onZoom }) {
  return html`<section class="overview" aria-label="Overview">
    ${fixedCharts.map(
      ({ title, query, meaning }) =>
        html`<${Chart}
          key=${title}
          title=${title}
          meaning=${meaning}
          unit=${unitOf(readQuery(query))}
          answer=${answers.get(query)}
          href=${writeAddress({ query, time })}
          onZoom=${onZoom}
        />`,
    )}
  </section>`;
}

render(html`<${Metrics} />`, document.getElementById("metrics"));
