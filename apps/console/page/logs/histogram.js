import { html, useEffect, useRef } from "../vendor/preact.js";
import UPlot from "../vendor/uplot.js";
import { localTime, utcTime } from "../times.js";
import { colours, levels } from "./levels.js";

const height = 120;
const tableMax = 60;

/** Lines over time, stacked by level. Dragging over it, or a button of its table, zooms. */
export function LevelHistogram({ chart, onZoom }) {
  const box = useRef();
  const zoom = useRef();
  zoom.current = onZoom;
  useEffect(() => {
    if (!chart) return undefined;
    const plot = drawn(chart, box.current, (from, to) => zoom.current(from, to));
    const resizing = new ResizeObserver(() => plot.setSize({ width: box.current.clientWidth, height }));
    resizing.observe(box.current);
    return () => {
      resizing.disconnect();
      plot.destroy();
    };
  }, [chart]);
  const buckets = chart?.buckets ?? [];
  const present = levels.filter((level) => buckets.some(({ counts }) => counts[level]));
  return html`<figure class="histogram">
    <figcaption>
      <span>Lines per ${chart ? duration(chart.bucketMs) : "…"}, by level</span>
      ${present.map((level) => html`<span class="level" data-level=${level} key=${level}>${level}</span>`)}
    </figcaption>
    <div ref=${box} class="canvas" aria-hidden="true"></div>
    <details>
      <summary>As a table</summary>
      ${buckets.length > tableMax && html`<p>The last ${tableMax} of ${buckets.length}.</p>`}
      <div class="scroll" tabindex="0" role="region" aria-label="Lines over time">
        <table>
          <thead>
            <tr>
              <th scope="col">from</th>
              ${present.map((level) => html`<th scope="col" key=${level}>${level}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${buckets.slice(-tableMax).map(
              ({ startMs, counts }) =>
                html`<tr key=${startMs}>
                  <th scope="row">
                    <button
                      type="button"
                      title=${`${utcTime(startMs)}: zoom`}
                      onClick=${() => onZoom(startMs, startMs + chart.bucketMs)}
                    >
                      ${localTime(startMs, false)}
                    </button>
                  </th>
                  ${present.map((level) => html`<td key=${level}>${counts[level] ?? 0}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`;
}

function drawn(chart, box, zoom) {
  const { xs, stacked } = stack(chart);
  const ink = getComputedStyle(box).color;
  const axis = { stroke: ink, grid: { show: false }, ticks: { stroke: ink, size: 4 } };
  const plot = new UPlot(
    {
      width: box.clientWidth,
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: true, y: false, setScale: false } },
      // The whole range that was asked for, also where nothing happened.
      scales: {
        x: { range: () => [chart.fromMs / 1_000, chart.toMs / 1_000] },
        y: { range: (_, __, max) => [0, max || 1] },
      },
      axes: [
        { ...axis, values: (_, times) => times.map((time) => localTime(time * 1_000, false).slice(5)), space: 120 },
        { ...axis, size: 56, space: 28 },
      ],
      series: [
        {},
        ...stacked.map(({ level }) => ({
          label: level,
          fill: colours[level],
          width: 0,
          points: { show: false },
          paths: UPlot.paths.bars({ size: [0.9, 60], align: 1 }),
        })),
      ],
      hooks: {
        setSelect: [
          ({ select, posToVal }) => {
            if (select.width < 3) return;
            const from = posToVal(select.left, "x") * 1_000;
            const to = posToVal(select.left + select.width, "x") * 1_000;
            zoom(Math.floor(from), Math.ceil(to));
          },
        ],
      },
    },
    [xs, ...stacked.map(({ sums }) => sums)],
    box,
  );
  return plot;
}

/** Sums of each level and all below it, the tallest first: the next is drawn over it. */
function stack({ buckets, bucketMs, fromMs, toMs }) {
  const countsAt = new Map(buckets.map(({ startMs, counts }) => [startMs, counts]));
  const times = [];
  for (let at = Math.floor(fromMs / bucketMs) * bucketMs; at < toMs; at += bucketMs) times.push(at);
  let below = times.map(() => 0);
  const stacked = levels.map((level) => {
    below = times.map((time, index) => below[index] + (countsAt.get(time)?.[level] ?? 0));
    return { level, sums: below };
  });
  return { xs: times.map((time) => time / 1_000), stacked: stacked.reverse() };
}

function duration(ms) {
  const units = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1_000, "s"],
  ];
  const [size, unit] = units.find(([each]) => ms % each === 0) ?? [1, "ms"];
  return `${ms / size} ${unit}`;
}
