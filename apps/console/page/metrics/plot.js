import UPlot from "../vendor/uplot.js";
import { localTime } from "../times.js";

/** Of Wong's set, which the colour-blind tell apart; further lines are dashed. */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

/**
 * Draws series over the whole range that was asked for. Pointing at it moves the cursor of all charts of the page.
 * @param unit  as `unitOf` gives it
 * @param atMs  where the cursor is at first, if anywhere
 * @param onPoint  takes the start of the step that the cursor is at, or undefined
 */
export function drawPlot(box, { answer, unit, height, atMs, onPoint, onZoom }) {
  const { series, fromMs, toMs } = answer;
  const steps = stepsOf(answer);
  const ink = getComputedStyle(box).color;
  const rule = getComputedStyle(box).borderTopColor;
  const axis = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { show: false } };
  return new UPlot(
    {
      width: box.clientWidth,
      height,
      legend: { show: false },
      cursor: { y: false, sync: { key: "metrics" }, drag: { x: true, y: false, setScale: false } },
      scales: {
        x: { range: () => [fromMs / 1_000, toMs / 1_000] },
        y: { range: (_, least, most) => rangeOf(least, most) },
      },
      axes: [
        {
          ...axis,
          values: (_, times) => times.map((time) => axisTime(time * 1_000, toMs - fromMs)),
          space: 80,
          size: 30,
        },
        {
          ...axis,
          size: 74,
          space: 34,
          values: (_, values) => values.map((value) => unit.format(value, 6)),
          ...(unit.steps && { incrs: unit.steps }),
        },
      ],
      series: [
        {},
        ...series.map((_, line) => ({
          stroke: colours[line % colours.length],
          width: 2,
          ...(line >= colours.length && { dash: [6, 4] }),
        })),
      ],
      hooks: {
        ready: [(plot) => atMs !== undefined && moveCursor(plot, atMs)],
        setCursor: [({ cursor }) => onPoint(cursor.left < 0 ? undefined : steps[cursor.idx])],
        setSelect: [
          ({ select, posToVal }) => {
            if (select.width < 3) return;
            const [first, last] = [select.left, select.left + select.width].map((at) => posToVal(at, "x") * 1_000);
            onZoom(Math.floor(first), Math.ceil(last));
          },
        ],
      },
    },
    dataOf(answer),
    box,
  );
}

export function moveCursor(plot, timeMs) {
  plot.setCursor({ left: plot.valToPos(timeMs / 1_000, "x"), top: 0 });
}

/** Times of the steps in s, and of each series its values at these, null where there is none. */
function dataOf({ series, ...answer }) {
  const times = stepsOf(answer);
  const values = series.map(({ points }) => {
    const valueAt = new Map(points.map(({ startMs, value }) => [startMs, value]));
    return times.map((time) => valueAt.get(time) ?? null);
  });
  return [times.map((time) => time / 1_000), ...values];
}

/** Starts of the steps of an answer, ms. */
export function stepsOf({ fromMs, toMs, stepMs }) {
  return Array.from({ length: Math.round((toMs - fromMs) / stepMs) }, (_, step) => fromMs + step * stepMs);
}

/** From 0 on, unless values are negative, or times of the clock. */
function rangeOf(least, most) {
  if (least === null) return [0, 1];
  if (least >= 1e9) return [least - 1, most + 1];
  const top = Math.max(0, most);
  const bottom = Math.min(0, least);
  return top === bottom ? [0, 1] : [bottom, top + (top - bottom) * 0.05];
}

function axisTime(timeMs, rangeMs) {
  const [date, clock] = localTime(timeMs, false).split(" ");
  if (rangeMs > 2 * 86_400_000) return date.slice(5);
  if (rangeMs > 86_400_000) return `${date.slice(5)} ${clock.slice(0, 5)}`;
  return rangeMs < 600_000 ? clock : clock.slice(0, 5);
}
