import { setImmediate as yieldToOthers } from "node:timers/promises";
import { dateOf } from "@footfall/base";
import type { LogQuery } from "@footfall/service-logs";
import type { EntryPlace, IndexedEntry } from "../log-index.ts";
import { candidatesOf } from "./candidates.ts";
import type { DayFolder } from "./day-folder.ts";
import { everyRow, type Segment } from "./segment.ts";
import { overlaps } from "./segment-search.ts";

/** Blocks that one direction may read: an instance that fell silent must not cost the whole index. */
const blocksReadMax = 256;

/** The entry at a place, if it is there. */
export async function findEntry(days: DayFolder, place: EntryPlace): Promise<IndexedEntry | undefined> {
  return days.read(dateOf(place.occurredAtMs), async (segment) => {
    const range = { fromMs: place.occurredAtMs, toMs: place.occurredAtMs + 1 };
    for (const head of segment.heads().filter((block) => overlaps(block, range))) {
      const columns = segment.columns(head);
      const entries = segment.entriesOf(head);
      for (const row of everyRow(head)) {
        if (columns.timeMs(row) !== place.occurredAtMs) continue;
        const entry = entries.entry(row);
        if (isAt(entry, place)) return entry;
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
  from: IndexedEntry,
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
    await days.read(day, (segment) => collect(segment, from, isBefore, limit, found, budget));
  }
  return isBefore ? found.reverse() : found;
}

async function collect(
  segment: Segment,
  from: IndexedEntry,
  isBefore: boolean,
  limit: number,
  found: IndexedEntry[],
  budget: { blocks: number },
): Promise<void> {
  const { service, instance } = from.entry;
  const query: LogQuery = { kind: "and", parts: [sameValue("service", service), sameValue("instance", instance)] };
  const { rows: candidates } = candidatesOf(query, (field) => segment.facetsOf(field));
  const heads = isBefore ? segment.heads().toReversed() : [...segment.heads()];
  for (let at = 0; at < heads.length; at += 16) {
    const blocks = segment.rowsOf(candidates, heads.slice(at, at + 16));
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
