/** The cells of a row, or what is wrong with its quotes. */
export type SplitRow = { readonly cells: readonly string[] } | { readonly problem: string };

/**
 * Splits one line of a click log into its cells, as RFC 4180 has it, but a row is a line: these formats hold no line
 * breaks, so a quote that is never closed costs its own row and none after it. Spaces and tabs around a cell do not
 * belong to it.
 */
export function splitRow(line: string, delimiter: "," | "\t"): SplitRow {
  if (!line.includes('"')) {
    const cells = line.split(delimiter);
    return { cells: /[ \t]/.test(line) ? cells.map(trimCell) : cells };
  }
  const cells: string[] = [];
  for (let start = 0; start <= line.length;) {
    const open = skipBlanks(line, start, delimiter);
    if (line[open] !== '"') {
      const end = indexOrEnd(line, delimiter, start);
      cells.push(trimCell(line.slice(start, end)));
      start = end + 1;
      continue;
    }
    const close = closingQuote(line, open + 1);
    if (close === -1) return { problem: `the quote of column ${cells.length + 1} is never closed` };
    const end = skipBlanks(line, close + 1, delimiter);
    if (end < line.length && line[end] !== delimiter) {
      return { problem: `text follows the closing quote of column ${cells.length + 1}` };
    }
    cells.push(trimCell(line.slice(open + 1, close).replaceAll('""', '"')));
    start = end + 1;
  }
  return { cells };
}

/** The quote that is not one half of a doubled one. */
function closingQuote(line: string, start: number): number {
  for (let at = line.indexOf('"', start); at !== -1; at = line.indexOf('"', at + 2)) {
    if (line[at + 1] !== '"') return at;
  }
  return -1;
}

function skipBlanks(line: string, start: number, delimiter: string): number {
  let at = start;
  while (at < line.length && line[at] !== delimiter && (line[at] === " " || line[at] === "\t")) at += 1;
  return at;
}

function indexOrEnd(line: string, part: string, start: number): number {
  const at = line.indexOf(part, start);
  return at === -1 ? line.length : at;
}

/** Not `trim`: other spaces may be part of an id. */
function trimCell(cell: string): string {
  return cell.replace(/^[ \t]+|[ \t]+$/g, "");
}
