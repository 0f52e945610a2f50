import type { LogQuery } from "@footfall/service-logs";
import { isWithin, type TimeRange } from "./block-list.ts";
import type { Segment } from "./segment.ts";
import { visitMatches } from "./segment-search.ts";

/** Counts by the index alone where it knows the answer; reads only blocks at the ends of the range, and for a check. */
export async function countSegment(segment: Segment, query: LogQuery, range: TimeRange): Promise<number> {
  const candidates = segment.candidatesOf(query);
  const blocks = segment.blocks();
  const runs = blocks.runs(range);
  let count = 0;
  let visited = runs;
  if (candidates.check === undefined) {
    const parts = runs.flatMap((run) => (isWithin(run, range) ? [run] : blocks.eachOf(run)));
    count = segment.countRows(
      candidates.rows,
      parts.filter((part) => isWithin(part, range)),
    );
    visited = parts.filter((part) => !isWithin(part, range));
  }
  await visitMatches(segment, candidates, range, visited, () => void count++);
  return count;
}
