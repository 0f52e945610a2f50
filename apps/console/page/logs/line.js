import { html } from "../vendor/preact.js";
import { LineDetail } from "./line-detail.js";
import { LineSummary } from "./line-summary.js";

/** One line, and below it, when it is open, all that is known of it. */
export function Line({ entry, isOpen, onToggle, ...detail }) {
  return html`<li data-id=${entry.id} data-level=${entry.level ?? "unknown"}>
    <${LineSummary} entry=${entry} isOpen=${isOpen} onToggle=${onToggle} />
    ${isOpen && html`<${LineDetail} entry=${entry} ...${detail} />`}
  </li>`;
}
