/** Moves to the next line, or the one before. */
export function moveLine(by) {
  const buttons = [...document.querySelectorAll(".results > .lines > li > .line > .open")];
  const here = buttons.indexOf(document.activeElement);
  const next = here === -1 ? 0 : Math.min(buttons.length - 1, Math.max(0, here + by));
  buttons[next]?.focus();
}
