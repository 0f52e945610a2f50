/** What the next line does to the lines that are held: it belongs to them, belongs and ends them, or begins anew. */
export type NextLine = "append" | "appendAndEnd" | "begin";

/** How lines become entries. Rules know lines only, no times. */
export interface MultiLineRule {
  /** Whether a line begins an entry that further lines may belong to; others are entries by themselves. */
  readonly starts: (line: string) => boolean;
  /** @param first  The first of the lines that are held, and `previous` the last of them */
  readonly next: (line: string, previous: string, first: string) => NextLine;
}

export const multiLineModes = ["continue_through", "continue_past", "halt_before", "halt_with"] as const;
export type MultiLineMode = (typeof multiLineModes)[number];

/**
 * The modes of Vector. A line that matches `start` begins an entry; `condition` then decides about each further line.
 * - `continue_through`: lines that match belong to it.
 * - `continue_past`: lines that match belong to it, and the one after them (a backslash at the end).
 * - `halt_before`: lines belong to it until one matches, which begins the next (a time at the beginning).
 * - `halt_with`: lines belong to it up to one that matches, with it (`END`).
 */
export function multiLineRule(mode: MultiLineMode, start: RegExp, condition: RegExp): MultiLineRule {
  const isStart = (line: string): boolean => matches(start, line);
  const isMet = (line: string): boolean => matches(condition, line);
  switch (mode) {
    case "continue_through":
      return { starts: isStart, next: (line) => (isMet(line) ? "append" : "begin") };
    case "continue_past":
      return { starts: isStart, next: (line) => (isMet(line) ? "append" : "appendAndEnd") };
    case "halt_before":
      return { starts: isStart, next: (line) => (isMet(line) ? "begin" : "append") };
    case "halt_with":
      return { starts: isStart, next: (line) => (isMet(line) ? "appendAndEnd" : "append") };
  }
}

/** `test` without the memory of global and sticky expressions. */
function matches(pattern: RegExp, line: string): boolean {
  return line.search(pattern) !== -1;
}
