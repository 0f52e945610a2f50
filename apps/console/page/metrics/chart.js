import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { localTime } from "../times.js";
import { drawPlot, moveCursor, stepsOf } from "./plot.js";
import { SeriesTable } from "./series-table.js";
import { lengthText } from "./steps.js";

/**
 * Values of a query over time, with their table. Pointing at the chart, or moving the slider of a large one, shows the
 * values of that time in the table.
 */
export function Chart({ title, meaning, unit, answer, isLarge, href, onZoom }) {
  const [atMs, setAtMs] = useState();
  const box = useRef();
  const plot = useRef();
  const zoom = useRef();
  zoom.current = onZoom;
  const height = isLarge ? 300 : 150;
  const series = answer?.series ?? [];
  useEffect(() => {
    const isWithin = atMs >= answer?.fromMs && atMs < answer?.toMs;
    if (!isWithin) setAtMs(undefined);
    if (series.length === 0) return undefined;
    plot.current = drawPlot(box.current, {
      answer,
      unit,
      height,
      ...(isWithin && { atMs }),
      onPoint: setAtMs,
      onZoom: (from, to) => zoom.current(from, to),
    });
    const resizing = new ResizeObserver(() => plot.current.setSize({ width: box.current.clientWidth, height }));
    resizing.observe(box.current);
    return () => {
      resizing.disconnect();
      plot.current.destroy();
    };
  }, [answer?.series, unit.name]);
  const steps = answer?.series ? stepsOf(answer) : [];
  return html`<figure
    class=${isLarge ? "chart large" : "chart card"}
    aria-label=${`${title}: ${summary(answer, unit)}`}
  >
    <figcaption>
      <h2>${title}</h2>
      <span class="unit">${unit.name}</span>
      ${href && html`<a href=${href} aria-label=${`Edit the query of ${title}`}>Edit</a>`}
    </figcaption>
    ${meaning && html`<p class="meaning">${meaning}</p>`}
    ${answer?.problem && !isLarge && html`<p class="problem">${answer.problem.detail}</p>`}
    <div ref=${box} class="plot" aria-hidden="true">
      ${answer?.series && series.length === 0 && html`<p>No data in this time.</p>`}
    </div>
    ${
      isLarge &&
      series.length > 0 &&
      html`<${TimeSlider} steps=${steps} atMs=${atMs} onMove=${(step) => moveCursor(plot.current, steps[step])} />`
    }
    <${SeriesTable} title=${title} answer=${answer} unit=${unit} atMs=${atMs} />
    ${answer?.series && html`<p class="sum">${summary(answer, unit)}</p>`}
  </figure>`;
}

/** The cursor by keys: arrows move it by a step. */
function TimeSlider({ steps, atMs, onMove }) {
  const step = atMs === undefined ? steps.length - 1 : steps.indexOf(atMs);
  return html`<label class="slider"
    >Values at
    <input
      type="range"
      min="0"
      max=${steps.length - 1}
      value=${step}
      aria-valuetext=${localTime(steps[step], false)}
      onInput=${(event) => onMove(Number(event.target.value))}
    />
  </label>`;
}

function summary(answer, unit) {
  if (!answer?.series) return "";
  const { series, total, stepMs } = answer;
  if (series.length === 0) return "no data in this time";
  const what = total > series.length ? `the ${series.length} greatest of ${total} series` : `${total} series`;
  return `${what}, a value each ${lengthText(stepMs)}${unit.name && `, in ${unit.name}`}`;
}
