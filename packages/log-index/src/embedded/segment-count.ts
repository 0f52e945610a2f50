import type { LogQuery } from "@footfall/service-logs";
import { candidatesOf } from "./candidates.ts";
import type { BlockHead } from "./entry-block.ts";
import type { Segment } from "./segment.ts";
import { overlaps, type TimeRange, visitMatches } from "./segment-search.ts";

/** Counts by the index alone where it knows the answer; reads only blocks at the ends of the range, and for a check. */
export async function countSegment(segment: Segment, query: LogQuery, range: TimeRange): Promise<number> {
  const candidates = candidatesOf(query, (field) => segment.facetsOf(field));
  const heads = segment.heads().filter((head) => overlaps(head, range));
  const isCounted = ({ minMs, maxMs }: BlockHead): boolean =>
    candidates.check === undefined && minMs >= range.fromMs && maxMs < range.toMs;
  let count = segment.countRows(candidates.rows, heads.filter(isCounted));
  const others = heads.filter((head) => !isCounted(head));
  await visitMatches(segment, candidates, range, others, () => void count++);
  return count;
}
