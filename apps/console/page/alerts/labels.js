import { html } from "../vendor/preact.js";

const known = ["critical", "error", "warning", "info"];

/** How bad it is: a colour, and the word. */
export function Severity({ labels }) {
  const { severity = "none" } = labels;
  return html`<span class="severity" data-severity=${known.includes(severity) ? severity : "none"}>${severity}</span>`;
}

/** What tells the alert from others of its name. */
export function Labels({ labels }) {
  const others = Object.entries(labels).filter(([name]) => name !== "alertname" && name !== "severity");
  return html`<span class="labels">
    ${others.map(([name, value]) => html`<code key=${name}>${name}=${value}</code>`)}
  </span>`;
}
