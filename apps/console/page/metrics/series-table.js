import { html } from "../vendor/preact.js";
import { localTime } from "../times.js";

/** Of each series its last value, or that of the time pointed at, and its bounds. */
export function SeriesTable({ title, answer, unit, atMs }) {
  const series = answer?.series ?? [];
  if (series.length === 0) return undefined;
  const shown = (value) =>
    value === undefined ? "–" : html`<span title=${String(value)}>${unit.format(value)}</span>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${`Values of ${title}`}>
    <table>
      <thead>
        <tr>
          <th scope="col">series</th>
          <th scope="col" class="now">${atMs === undefined ? "last" : localTime(atMs, false).slice(11)}</th>
          <th scope="col">min</th>
          <th scope="col">max</th>
        </tr>
      </thead>
      <tbody>
        ${series.map(({ labels, points }, line) => {
          const values = points.map(({ value }) => value);
          const pointed = atMs === undefined ? values.at(-1) : points.find(({ startMs }) => startMs === atMs)?.value;
          const name = nameOf(labels);
          return html`<tr key=${name}>
            <th scope="row"><span class="line-sign" data-line=${line}></span>${name}</th>
            <td>${shown(pointed)}</td>
            <td>${shown(values.reduce((a, b) => Math.min(a, b)))}</td>
            <td>${shown(values.reduce((a, b) => Math.max(a, b)))}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

function nameOf(labels) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return "all";
  if (entries.length === 1) return entries[0][1] || "–";
  return entries.map(([label, value]) => `${label}=${value}`).join(" ");
}
