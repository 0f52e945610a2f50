import { type ColumnValue, parseExactJson } from "@footfall/changes";
import type { FeedEntry } from "../feed-row.ts";
import { invalid } from "../feed-text.ts";

/** Characters of one line. */
const lineLengthMax = 4_194_304;

/**
 * A product a line, as a JSON object. Blank lines do not count.
 * @throws AppError INPUT_FORMAT_INVALID  one JSON array, a line without end, or cut off in its last line
 */
export async function* readJsonLines(text: AsyncIterable<string>, name: string): AsyncGenerator<readonly FeedEntry[]> {
  let rest = "";
  let line = 0;
  for await (const chunk of text) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    if (rest.length > lineLengthMax) {
      throw invalid(name, `has more than ${lineLengthMax} characters on line ${line + lines.length + 1}`);
    }
    const entries: FeedEntry[] = [];
    for (const written of lines) {
      line += 1;
      const entry = entryOf(written, line, name);
      if (entry !== undefined) entries.push(entry);
    }
    if (entries.length > 0) yield entries;
  }
  const last = entryOf(rest, line + 1, name);
  if (last === undefined) return;
  if ("problem" in last) throw invalid(name, `is cut off: line ${line + 1}, its last, is no JSON and has no line end`);
  yield [last];
}

function entryOf(written: string, line: number, name: string): FeedEntry | undefined {
  const text = written.trim();
  if (text === "") return undefined;
  if (text.startsWith("[") && line === 1) {
    throw invalid(name, "is one JSON array: write a product a line (jq -c '.[]' does)");
  }
  try {
    const parsed = parseExactJson(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
      return { line, fields: new Map(Object.entries(parsed as Record<string, ColumnValue>)) };
    }
    return { line, problem: { field: undefined, reason: "is no JSON object" } };
  } catch (error) {
    return { line, problem: { field: undefined, reason: `is no JSON: ${(error as Error).message}` } };
  }
}
