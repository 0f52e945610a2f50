import { html, useState } from "../vendor/preact.js";
import { utcTime } from "../times.js";
import { documentLines } from "./document-lines.js";

/** One mismatch: what differs, and both documents side by side once it is opened. */
export function Mismatch({ mismatch }) {
  const { key, eventType, reason, differences, differenceCount, left, right } = mismatch;
  const [isOpen, setOpen] = useState(false);
  const about = [eventType, reason].filter(Boolean).join(", ");
  return html`<li class="mismatch" data-key=${key}>
    <details onToggle=${(event) => setOpen(event.target.open)}>
      <summary>
        <b>${key ?? "no key"}</b> ${about}${" "}
        <span class="hint">${differences.map(({ pointer, kind }) => `${pointer} ${kind}`).join(", ")}</span>
      </summary>
      ${
        isOpen &&
        html`
          <${Differences} differences=${differences} count=${differenceCount} />
          <div class="sides">
            <${Document} side="left" record=${left} differences=${differences} />
            <${Document} side="right" record=${right} differences=${differences} />
          </div>
        `
      }
    </details>
  </li>`;
}

/** With their values as they were written: 1.50 is not 1.5 here. */
function Differences({ differences, count }) {
  if (differences.length === 0) return null;
  return html`<ul class="differences">
      ${differences.map(
        ({ pointer, kind, left, right }) =>
          html`<li key=${pointer}>
            <code>${pointer}</code> ${kind}: <code class="was">${left ?? "nothing"}</code> →${" "}
            <code class="is">${right ?? "nothing"}</code>
          </li>`,
      )}
    </ul>
    ${count > differences.length && html`<p class="hint">… and ${count - differences.length} more differences</p>`}`;
}

function Document({ side, record, differences }) {
  if (!record) {
    return html`<div class="side" data-side=${side}>
      <h3>${side}</h3>
      <p class="hint">This side has no such record.</p>
    </div>`;
  }
  const { place, timeMs, copies, document } = record;
  // An element that only the right side has is named by its place there, all others by that on the left.
  const pointers = differences.filter((difference) => difference[side] !== undefined).map(({ pointer }) => pointer);
  const isMarked = (pointer) => pointers.some((marked) => pointer === marked || pointer.startsWith(`${marked}/`));
  return html`<div class="side" data-side=${side}>
    <h3>${side}</h3>
    <p class="hint">
      ${place}${timeMs === undefined ? "" : ` · ${utcTime(timeMs)}`}${copies > 1 ? ` · ${copies} copies` : ""}
    </p>
    <ol class="document">
      ${documentLines(document).map(
        ({ pointer, depth, text }, index) =>
          html`<li key=${index} class=${isMarked(pointer) ? "differs" : ""}>${"  ".repeat(depth)}${text}</li>`,
      )}
    </ol>
  </div>`;
}
