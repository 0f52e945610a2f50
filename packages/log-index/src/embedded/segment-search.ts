import { setImmediate as yieldToOthers } from "node:timers/promises";
import { bodyMatcher, entryMatcher, type LogQuery } from "@footfall/service-logs";
import { blocksIn, type BlockList, type BlockRun, isWithin, overlaps, type TimeRange } from "./block-list.ts";
import type { Candidates } from "./candidates.ts";
import type { BlockEntries, BlockHead } from "./entry-block.ts";
import type { PageEntries } from "./entry-order.ts";
import { allRows } from "./row-set.ts";
import type { BlockRows, Segment } from "./segment.ts";

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
/** Rows that the index finds with one question where many match. */
const rowsAtOnce = 2_000;

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
  const blocks = segment.blocks();
  let left = blocks.runs(range);
  for (const window of windowsOf(segment, query)) {
    left = left.filter(({ minMs, maxMs }) => page.mayTake(minMs, maxMs));
    if (left.length === 0) return undefined;
    const runs = takeNearest(blocks, left, window.blocks, page.isNewestFirst);
    const found = segment.rowsOf(window.rows, runs).filter(({ head }) => overlaps(head, range));
    found.sort(page.isNewestFirst ? (a, b) => b.head.maxMs - a.head.maxMs : (a, b) => a.head.minMs - b.head.minMs);
    const check = window.check && rowCheck(window.check);
    let blocksRead = 0;
    for (const block of found) {
      if (!page.mayTake(block.head.minMs, block.head.maxMs)) continue;
      const unreadMs = unreadFrom(page, [block.head, ...left], budget);
      if (unreadMs !== undefined) return unreadMs;
      budget.blocks -= readBlock(segment, block, check, range, page);
      if (++blocksRead % blocksAtOnce === 0) await yieldToOthers();
    }
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
  const candidates = segment.candidatesOf(query);
  const { rows } = candidates;
  if (rows.kind === "none") return;
  const isSlow = "isSlow" in rows && rows.isSlow;
  for (let blocks = firstWindow; ; blocks *= windowGrowth) {
    yield { ...candidates, blocks: isSlow ? Number.POSITIVE_INFINITY : blocks };
  }
}

/** Takes so many of the newest (or oldest) blocks out of `left`; blocks arrive nearly in order of time. */
function takeNearest(blocks: BlockList, left: BlockRun[], count: number, isNewestFirst: boolean): BlockRun[] {
  left.sort(isNewestFirst ? (a, b) => a.maxMs - b.maxMs : (a, b) => b.minMs - a.minMs);
  const taken: BlockRun[] = [];
  for (let wanted = count; wanted > 0;) {
    const run = left.pop();
    if (run === undefined) break;
    const { firstId, lastId } = run;
    const size = Math.min(wanted, blocksIn(run));
    wanted -= size;
    if (size === blocksIn(run)) {
      taken.push(run);
      continue;
    }
    const middle = isNewestFirst ? lastId - size : firstId + size - 1;
    const [older, newer] = [blocks.run(firstId, middle), blocks.run(middle + 1, lastId)];
    taken.push(isNewestFirst ? newer : older);
    left.push(isNewestFirst ? older : newer);
  }
  return taken;
}

/** Where a search without budget ends; never where it began, or the next page would end there too. */
function unreadFrom(
  page: PageEntries,
  unread: readonly (BlockHead | BlockRun)[],
  { blocks }: SearchBudget,
): number | undefined {
  if (blocks > 0) return undefined;
  if (page.isNewestFirst) {
    const maxMs = unread.reduce((latest, each) => Math.max(latest, each.maxMs), Number.NEGATIVE_INFINITY);
    return maxMs + 1 < page.startMs ? maxMs : undefined;
  }
  const minMs = unread.reduce((earliest, each) => Math.min(earliest, each.minMs), Number.POSITIVE_INFINITY);
  return minMs > page.startMs ? minMs : undefined;
}

/** @returns how many blocks were unpacked: one or none */
function readBlock(
  segment: Segment,
  { head, rows }: BlockRows,
  check: RowCheck | undefined,
  { fromMs, toMs }: TimeRange,
  page: PageEntries,
): number {
  const isTaken = (timeMs: number): boolean => timeMs >= fromMs && timeMs < toMs && page.mayTake(timeMs, timeMs);
  let wanted = rows;
  // Mostly all times of a block will do, and reading them costs as much as unpacking it.
  if (!isTaken(head.minMs) || !isTaken(head.maxMs)) {
    const columns = segment.columns(head);
    wanted = rows.filter((row) => isTaken(columns.timeMs(row)));
  }
  if (wanted.length === 0) return 0;
  const entries = segment.entriesOf(head);
  for (const row of check ? matching(wanted, entries, check) : wanted) page.add(entries.entry(row));
  if (page.isFull) page.settle();
  return 1;
}

/** Tells time and severity number of every entry that a query finds among the blocks. */
export async function visitMatches(
  segment: Segment,
  { rows, check }: Candidates,
  range: TimeRange,
  runs: readonly BlockRun[],
  visit: (timeMs: number, severity: number) => void,
): Promise<void> {
  const isMeant = check && rowCheck(check);
  const isSlow = "isSlow" in rows && rows.isSlow;
  const left = runs.toReversed();
  for (let window = isSlow ? Number.POSITIVE_INFINITY : firstWindow; left.length > 0;) {
    const found = segment.rowsOf(rows, takeNearest(segment.blocks(), left, window, false));
    let rowsFound = 0;
    for (const [read, block] of found.entries()) {
      if (overlaps(block.head, range)) visitBlock(segment, block, isMeant, range, visit);
      rowsFound += block.rows.length;
      if (check && read % blocksAtOnce === blocksAtOnce - 1) await yieldToOthers();
    }
    // A question costs the same for few rows as for some, and nobody else gets a turn while it is answered.
    if (rowsFound < rowsAtOnce) window *= windowGrowth;
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
  const isInside = isWithin(head, { fromMs, toMs });
  const isInRange = (timeMs: number): boolean => timeMs >= fromMs && timeMs < toMs;
  const inRange = isInside ? rows : rows.filter((row) => isInRange(columns.timeMs(row)));
  const wanted = check && inRange.length > 0 ? matching(inRange, segment.entriesOf(head), check) : inRange;
  for (const row of wanted) visit(columns.timeMs(row), columns.severity(row));
}
