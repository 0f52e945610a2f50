import { html, useEffect, useRef } from "../vendor/preact.js";

const language = [
  ["timeout", "the word in the line, whatever its case"],
  ['"took too long"', "the exact phrase"],
  ["time*", "words that begin so"],
  ["-healthcheck", "lines without it"],
  ["level:error", "a level; also level:>=warn"],
  ["service:cart", "a field has this value; host, instance, trace, file and every attribute likewise"],
  ["status:>=500", "numbers: > >= < <= =, or status:[400 TO 499]"],
  ["user.id:*", "lines that have the field"],
  ["a b, a OR b, (a b)", "side by side means AND, which binds closer than OR"],
];
const keys = [
  ["/", "to the search"],
  ["j k", "next line, line before"],
  ["Enter", "open the line"],
  ["Esc", "close it"],
  ["p", "live or paused"],
  ["n", "show new lines"],
  ["?", "this page"],
];

export function Help({ isOpen, onClose }) {
  const dialog = useRef();
  useEffect(() => {
    if (isOpen) dialog.current.showModal();
    else dialog.current.close();
  }, [isOpen]);
  const list = (rows) =>
    html`<dl>
      ${rows.map(
        ([code, meaning]) =>
          html`<div key=${code}>
            <dt><code>${code}</code></dt>
            <dd>${meaning}</dd>
          </div>`,
      )}
    </dl>`;
  return html`<dialog ref=${dialog} aria-labelledby="help-title" onClose=${onClose}>
    <h2 id="help-title">How to search</h2>
    ${list(language)}
    <h2>Keys</h2>
    ${list(keys)}
    <button type="button" onClick=${() => dialog.current.close()}>Close</button>
  </dialog>`;
}
