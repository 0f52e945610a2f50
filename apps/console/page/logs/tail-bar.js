import { html } from "../vendor/preact.js";

const words = {
  off: "paused",
  connecting: "connecting …",
  live: "live",
  broken: "connecting again …",
  hidden: "paused while hidden",
  ended: "ended",
};

/** Live or paused, and how many new lines wait. */
export function TailBar({ tail, isLive, onLive, onShow }) {
  return html`<div class="tail">
    <button type="button" aria-pressed=${isLive ? "true" : "false"} onClick=${() => onLive(!isLive)}>
      ${isLive ? "Pause" : "Live"}
    </button>
    <span role="status" data-tail=${tail.state}>${words[tail.state]}</span>
    ${tail.count > 0 && html`<button type="button" class="pill" onClick=${onShow}>${countOf(tail)}</button>`}
    ${tail.notice && html`<span class="notice">${tail.notice}</span>`}
  </div>`;
}

function countOf({ count, waiting }) {
  return `${count.toLocaleString("en")} new${count > waiting.length ? `, the last ${waiting.length}` : ""}`;
}
