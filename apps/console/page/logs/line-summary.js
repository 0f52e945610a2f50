import { html } from "../vendor/preact.js";
import { localTime, utcTime, zoneAt } from "../times.js";

/** Time, level, service and the first line of a body; with `onToggle` it opens. */
export function LineSummary({ entry, isOpen, onToggle }) {
  const { id, occurredAtMs, level, service, body } = entry;
  const [first] = body.split("\n", 1);
  const onClick = (event) => {
    // Whoever selects text of a line does not want it opened.
    if (document.getSelection().isCollapsed && !event.target.closest("button")) onToggle(id);
  };
  return html`<div class="line" onClick=${onToggle && onClick}>
    ${
      onToggle &&
      html`<button
        type="button"
        class="open"
        aria-expanded=${isOpen ? "true" : "false"}
        aria-label=${`Fields of the line of ${localTime(occurredAtMs)}`}
        onClick=${() => onToggle(id)}
      ></button>`
    }
    <time datetime=${utcTime(occurredAtMs)} title=${`${utcTime(occurredAtMs)} (here ${zoneAt(occurredAtMs)})`}>
      ${localTime(occurredAtMs)}
    </time>
    <span class="level" data-level=${level ?? "unknown"}>${level ?? "–"}</span>
    <span class="service">${service}</span>
    <span class="body">${first}${first.length < body.length ? " ↵" : ""}</span>
  </div>`;
}
