import { setImmediate as yieldToOthers } from "node:timers/promises";
import { dateOf } from "@footfall/base";
import type { LogQuery } from "@footfall/service-logs";
import type { EntryPlace, IndexedEntry } from "../log-index.ts";
import { type BlockList, type BlockRun, overlaps } from "./block-list.ts";
import type { DayFolder } from "./day-folder.ts";
import { everyRow, type Segment } from "./segment.ts";

/** Blocks that one direction may read: an instance that fell silent must not cost the whole index. */
const blocksReadMax = 256;
/** Blocks that the index is asked for at a time. */
const runBlocks = 16;

export interface FoundEntry {
  readonly found: IndexedEntry;
  readonly blockId: number;
}

/** The entry at a place, if it is there. */
export async function findEntry(days: DayFolder, place: EntryPlace): Promise<FoundEntry | undefined> {
  return days.read(dateOf(place.occurredAtMs), async (segment) => {
    const range = { fromMs: place.occurredAtMs, toMs: place.occurredAtMs + 1 };
    const blocks = segment.blocks();
    for (const head of blocks.runs(range).flatMap((run) => blocks.heads(run))) {
      if (!overlaps(head, range)) continue;
      const columns = segment.columns(head);
      const entries = segment.entriesOf(head);
      for (const row of everyRow(head)) {
        if (columns.timeMs(row) !== place.occurredAtMs) continue;
        const entry = entries.entry(row);
        if (isAt(entry, place)) return { found: entry, blockId: head.id };
      }
    }
    return undefined;
  });
}

function isAt({ partition, offset }: IndexedEntry, place: EntryPlace): boolean {
  return partition === place.partition && offset === place.offset;
}

/** The next lines of the same file or instance: topic order is file order, since an instance keeps to a partition. */
export async function neighboursOf(
  days: DayFolder,
  { found: from, blockId }: FoundEntry,
  direction: "before" | "after",
  limit: number,
): Promise<readonly IndexedEntry[]> {
  const found: IndexedEntry[] = [];
  const budget = { blocks: blocksReadMax };
  const isBefore = direction === "before";
  const ownDay = dateOf(from.entry.occurredAtMs);
  const listed = days.days().filter((day) => (isBefore ? day <= ownDay : day >= ownDay));
  for (const day of isBefore ? listed.reverse() : listed) {
    if (found.length >= limit || budget.blocks <= 0) break;
    // Of its own day from its own block on: a day may have more blocks than may be read.
    const fromId = day === ownDay ? blockId : undefined;
    await days.read(day, (segment) => collect(segment, { from, fromId, isBefore, limit }, found, budget));
  }
  return isBefore ? found.reverse() : found;
}

interface Direction {
  readonly from: IndexedEntry;
  /** Default: the first or last block. */
  readonly fromId: number | undefined;
  readonly isBefore: boolean;
  readonly limit: number;
}

async function collect(
  segment: Segment,
  { from, fromId, isBefore, limit }: Direction,
  found: IndexedEntry[],
  budget: { blocks: number },
): Promise<void> {
  const { service, instance } = from.entry;
  const query: LogQuery = { kind: "and", parts: [sameValue("service", service), sameValue("instance", instance)] };
  const { rows: candidates } = segment.candidatesOf(query);
  const list = segment.blocks();
  for (const run of isBefore ? runsBefore(list, fromId ?? list.length) : runsAfter(list, fromId ?? 1)) {
    const blocks = segment.rowsOf(candidates, [run]);
    for (const { head, rows } of isBefore ? blocks.toReversed() : blocks) {
      if (found.length >= limit || budget.blocks-- <= 0) return;
      const entries = segment.entriesOf(head);
      for (const row of isBefore ? rows.toReversed() : rows) {
        const entry = entries.entry(row);
        if (found.length < limit && isNeighbour(entry, from, isBefore)) found.push(entry);
      }
    }
    await yieldToOthers();
  }
}

function* runsBefore(list: BlockList, fromId: number): Generator<BlockRun> {
  for (let id = fromId; id >= 1; id -= runBlocks) yield list.run(Math.max(1, id - runBlocks + 1), id);
}

function* runsAfter(list: BlockList, fromId: number): Generator<BlockRun> {
  for (let id = fromId; id <= list.length; id += runBlocks)
    yield list.run(id, Math.min(list.length, id + runBlocks - 1));
}

function sameValue(field: string, text: string): LogQuery {
  return { kind: "field", field, test: { kind: "value", text, openStart: false, openEnd: false } };
}

function isNeighbour({ partition, offset, entry }: IndexedEntry, from: IndexedEntry, isBefore: boolean): boolean {
  if (partition !== from.partition) return false;
  if (isBefore ? offset >= from.offset : offset <= from.offset) return false;
  const { source, service, instance } = from.entry;
  if (entry.service !== service || entry.instance !== instance) return false;
  return entry.source?.generation === source?.generation;
}
