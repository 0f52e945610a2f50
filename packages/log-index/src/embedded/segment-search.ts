import { setImmediate as yieldToOthers } from "node:timers/promises";
import { type LogQuery, matchesEntry } from "@footfall/service-logs";
import { type Candidates, candidatesOf, expressionOf } from "./candidates.ts";
import type { BlockHead } from "./entry-block.ts";
import type { PageEntries } from "./entry-order.ts";
import type { BlockRows, Segment } from "./segment.ts";

/** Times from `fromMs` up to `toMs`, exclusive. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What one search may still cost. */
export interface SearchBudget {
  blocks: number;
}

// The first window is small, since a common word fills a page at once; a rare word is found with few questions.
const firstWindow = 4;
const windowGrowth = 4;
const windowMax = 2_048;

export function overlaps({ minMs, maxMs }: BlockHead, { fromMs, toMs }: TimeRange): boolean {
  return maxMs >= fromMs && minMs < toMs;
}

/** Rows of one block that a query finds. */
function* matchesOf(segment: Segment, { head, rows }: BlockRows, query: LogQuery, isExact: boolean) {
  const lines = segment.lines(head);
  for (const row of rows) {
    const entry = segment.entry(lines[row]!);
    if (isExact || matchesEntry(query, entry.entry)) yield entry;
  }
}

/**
 * Adds the entries of a segment that belong to a page. Blocks are read from the newest (or oldest) one on, until none
 * that is left can have an entry for the page.
 * @returns undefined, or where the budget ended: the time of the first entry that may have been left out
 */
export async function searchSegment(
  segment: Segment,
  query: LogQuery,
  range: TimeRange,
  page: PageEntries,
  budget: SearchBudget,
): Promise<number | undefined> {
  const candidates = candidatesOf(query, (field) => segment.facetsOf(field));
  if (candidates.kind === "none") return undefined;
  let left = segment.heads().filter((head) => overlaps(head, range));
  left.sort(page.isNewestFirst ? (a, b) => b.maxMs - a.maxMs : (a, b) => a.minMs - b.minMs);
  for (let size = firstWindow; left.length > 0; size = Math.min(size * windowGrowth, windowMax)) {
    left = left.filter(({ minMs, maxMs }) => page.mayTake(minMs, maxMs));
    const found = segment.rowsOf(expressionOf(candidates), left.slice(0, size));
    const rowsOfBlock = new Map(found.map((block) => [block.head.id, block]));
    for (const [at, head] of left.slice(0, size).entries()) {
      const block = rowsOfBlock.get(head.id);
      if (block === undefined || !page.mayTake(head.minMs, head.maxMs)) continue;
      const unreadMs = unreadFrom(page, left.slice(at), budget);
      if (unreadMs !== undefined) return unreadMs;
      budget.blocks -= readBlock(segment, block, query, candidates, range, page);
      if (at % 16 === 15) await yieldToOthers();
    }
    left = left.slice(size);
    await yieldToOthers();
  }
  return undefined;
}

/** Where a search without budget ends; never where it began, or the next page would end there too. */
function unreadFrom(page: PageEntries, left: readonly BlockHead[], { blocks }: SearchBudget): number | undefined {
  const [next] = left;
  if (blocks > 0 || next === undefined) return undefined;
  if (page.isNewestFirst) return next.maxMs + 1 < page.startMs ? next.maxMs : undefined;
  return next.minMs > page.startMs ? next.minMs : undefined;
}

/** @returns how many blocks were unpacked: one or none */
function readBlock(
  segment: Segment,
  { head, rows }: BlockRows,
  query: LogQuery,
  { isExact }: Candidates,
  { fromMs, toMs }: TimeRange,
  page: PageEntries,
): number {
  const columns = segment.columns(head);
  const wanted = rows.filter((row) => {
    const timeMs = columns.timeMs(row);
    return timeMs >= fromMs && timeMs < toMs && page.mayTake(timeMs, timeMs);
  });
  if (wanted.length === 0) return 0;
  for (const entry of matchesOf(segment, { head, rows: wanted }, query, isExact)) page.add(entry);
  if (page.isFull) page.settle();
  return 1;
}

/** Tells time and severity number of every entry that a query finds. */
export async function visitMatches(
  segment: Segment,
  query: LogQuery,
  range: TimeRange,
  heads: readonly BlockHead[],
  visit: (timeMs: number, severity: number) => void,
): Promise<void> {
  const candidates = candidatesOf(query, (field) => segment.facetsOf(field));
  if (candidates.kind === "none") return;
  for (let at = 0; at < heads.length; at += 64) {
    for (const { head, rows } of segment.rowsOf(expressionOf(candidates), heads.slice(at, at + 64))) {
      const columns = segment.columns(head);
      const inRange = rows.filter((row) => columns.timeMs(row) >= range.fromMs && columns.timeMs(row) < range.toMs);
      if (candidates.isExact) for (const row of inRange) visit(columns.timeMs(row), columns.severity(row));
      else if (inRange.length > 0) {
        for (const { entry } of matchesOf(segment, { head, rows: inRange }, query, false)) {
          visit(entry.occurredAtMs, entry.severityNumber);
        }
        await yieldToOthers();
      }
    }
    await yieldToOthers();
  }
}
