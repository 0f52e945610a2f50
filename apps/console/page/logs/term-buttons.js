import { html } from "../vendor/preact.js";
import { signOf } from "./query-terms.js";

/** A value that a click includes, and a minus (or alt-click) excludes. Without a filter it is a text. */
export function TermButtons({ value, filter, q, onTerm }) {
  if (filter === undefined) return html`<span class="value">${String(value)}</span>`;
  const sign = signOf(q, filter);
  return html`<span class="term">
    <button
      type="button"
      class="value"
      title=${`Only ${filter}`}
      aria-pressed=${sign === "+" ? "true" : "false"}
      onClick=${(event) => onTerm(filter, event.altKey ? "-" : "+")}
    >
      ${String(value)}
    </button>
    <button
      type="button"
      class="minus"
      title=${`Without ${filter}`}
      aria-label=${`Without ${filter}`}
      aria-pressed=${sign === "-" ? "true" : "false"}
      onClick=${() => onTerm(filter, "-")}
    >
      −
    </button>
  </span>`;
}
