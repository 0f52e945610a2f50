import { setImmediate as yieldToOthers } from "node:timers/promises";
import { bodyMatcher, entryMatcher, type LogQuery } from "@footfall/service-logs";
import { type Candidates, candidatesOf } from "./candidates.ts";
import type { BlockEntries, BlockHead } from "./entry-block.ts";
import type { PageEntries } from "./entry-order.ts";
import { allRows } from "./row-set.ts";
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

/** Blocks that are read without asking the index: a common word fills a page at once, and the index is slow for it. */
const blocksReadFirst = 8;
/** The first that the index is asked for; a rare word is found with few questions. */
const firstWindow = 128;
const windowGrowth = 32;
/** Blocks after which others get a turn. */
const blocksAtOnce = 16;

export function overlaps({ minMs, maxMs }: BlockHead, { fromMs, toMs }: TimeRange): boolean {
  return maxMs >= fromMs && minMs < toMs;
}

type RowCheck = (entries: BlockEntries, row: number) => boolean;

function rowCheck(query: LogQuery): RowCheck {
  const isMeantBody = bodyMatcher(query);
  if (isMeantBody) return (entries, row) => isMeantBody(entries.body(row));
  const isMeant = entryMatcher(query);
  return (entries, row) => isMeant(entries.entry(row).entry);
}

function matching(rows: readonly number[], entries: BlockEntries, check: RowCheck): readonly number[] {
  return rows.filter((row) => check(entries, row));
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
  let left = segment.heads().filter((head) => overlaps(head, range));
  left.sort(page.isNewestFirst ? (a, b) => b.maxMs - a.maxMs : (a, b) => a.minMs - b.minMs);
  for (const window of windowsOf(segment, query)) {
    left = left.filter(({ minMs, maxMs }) => page.mayTake(minMs, maxMs));
    if (left.length === 0) return undefined;
    const found = segment.rowsOf(window.rows, left.slice(0, window.blocks));
    const rowsOfBlock = new Map(found.map((block) => [block.head.id, block]));
    const check = window.check && rowCheck(window.check);
    let blocksRead = 0;
    for (const head of left.slice(0, window.blocks)) {
      const block = rowsOfBlock.get(head.id);
      if (block === undefined || !page.mayTake(head.minMs, head.maxMs)) continue;
      const unreadMs = unreadFrom(page, head, budget);
      if (unreadMs !== undefined) return unreadMs;
      budget.blocks -= readBlock(segment, block, check, range, page);
      if (++blocksRead % blocksAtOnce === 0) await yieldToOthers();
    }
    left = left.slice(window.blocks);
    await yieldToOthers();
  }
  return undefined;
}

interface Window extends Candidates {
  readonly blocks: number;
}

/** Blocks to look through one after the other, as long as there are any. Where the index is slow, it is asked once. */
function* windowsOf(segment: Segment, query: LogQuery): Generator<Window> {
  yield { rows: allRows, check: query.kind === "all" ? undefined : query, blocks: blocksReadFirst };
  const candidates = candidatesOf(query, (field) => segment.facetsOf(field));
  const { rows } = candidates;
  if (rows.kind === "none") return;
  const isSlow = "isSlow" in rows && rows.isSlow;
  for (let blocks = firstWindow; ; blocks *= windowGrowth) {
    yield { ...candidates, blocks: isSlow ? Number.POSITIVE_INFINITY : blocks };
  }
}

/** Where a search without budget ends; never where it began, or the next page would end there too. */
function unreadFrom(page: PageEntries, next: BlockHead, { blocks }: SearchBudget): number | undefined {
  if (blocks > 0) return undefined;
  if (page.isNewestFirst) return next.maxMs + 1 < page.startMs ? next.maxMs : undefined;
  return next.minMs > page.startMs ? next.minMs : undefined;
}

/** @returns how many blocks were unpacked: one or none */
function readBlock(
  segment: Segment,
  { head, rows }: BlockRows,
  check: RowCheck | undefined,
  { fromMs, toMs }: TimeRange,
  page: PageEntries,
): number {
  const columns = segment.columns(head);
  const wanted = rows.filter((row) => {
    const timeMs = columns.timeMs(row);
    return timeMs >= fromMs && timeMs < toMs && page.mayTake(timeMs, timeMs);
  });
  if (wanted.length === 0) return 0;
  const entries = segment.entriesOf(head);
  for (const row of check ? matching(wanted, entries, check) : wanted) page.add(entries.entry(row));
  if (page.isFull) page.settle();
  return 1;
}

/** Tells time and severity number of every entry that a query finds. */
export async function visitMatches(
  segment: Segment,
  { rows, check }: Candidates,
  range: TimeRange,
  heads: readonly BlockHead[],
  visit: (timeMs: number, severity: number) => void,
): Promise<void> {
  const isMeant = check && rowCheck(check);
  const isSlow = "isSlow" in rows && rows.isSlow;
  const window = isSlow ? heads.length : firstWindow;
  for (let at = 0; at < heads.length; at += window) {
    for (const [read, block] of segment.rowsOf(rows, heads.slice(at, at + window)).entries()) {
      visitBlock(segment, block, isMeant, range, visit);
      if (check && read % blocksAtOnce === blocksAtOnce - 1) await yieldToOthers();
    }
    await yieldToOthers();
  }
}

function visitBlock(
  segment: Segment,
  { head, rows }: BlockRows,
  check: RowCheck | undefined,
  { fromMs, toMs }: TimeRange,
  visit: (timeMs: number, severity: number) => void,
): void {
  const columns = segment.columns(head);
  const isInside = head.minMs >= fromMs && head.maxMs < toMs;
  const isInRange = (timeMs: number): boolean => timeMs >= fromMs && timeMs < toMs;
  const inRange = isInside ? rows : rows.filter((row) => isInRange(columns.timeMs(row)));
  const wanted = check && inRange.length > 0 ? matching(inRange, segment.entriesOf(head), check) : inRange;
  for (const row of wanted) visit(columns.timeMs(row), columns.severity(row));
}
