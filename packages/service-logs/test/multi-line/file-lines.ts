import type { FileLine, JoinedLine } from "../../src/multi-line/line-joiner.ts";

/** Lines of a file that was read at once, with the offsets of ASCII text. */
export function fileLines(texts: readonly string[], observedAtMs = 0, start = 0): FileLine[] {
  let offset = start;
  return texts.map((text) => {
    const line = { text, offset, endOffset: offset + text.length + 1, observedAtMs };
    offset = line.endOffset;
    return line;
  });
}

export function textsOf(joined: readonly JoinedLine[]): string[] {
  return joined.map(({ text }) => text);
}
