import type { LogQuery } from "@footfall/service-logs";
import { candidatesOf, expressionOf } from "./candidates.ts";
import type { BlockHead } from "./entry-block.ts";
import { runsOf, type Segment } from "./segment.ts";
import { overlaps, type TimeRange, visitMatches } from "./segment-search.ts";

/** Counts by the index alone where it knows the answer; reads only blocks at the ends of the range, and for a check. */
export async function countSegment(segment: Segment, query: LogQuery, range: TimeRange): Promise<number> {
  const heads = segment.heads().filter((head) => overlaps(head, range));
  const candidates = candidatesOf(query, (field) => segment.facetsOf(field));
  if (candidates.kind === "none") return 0;
  const isInside = ({ minMs, maxMs }: BlockHead): boolean => minMs >= range.fromMs && maxMs < range.toMs;
  const inside = candidates.isExact ? heads.filter(isInside) : [];
  const others = candidates.isExact ? heads.filter((head) => !isInside(head)) : heads;
  const expression = expressionOf(candidates);
  let count = 0;
  if (expression === undefined) for (const { rows } of inside) count += rows;
  else for (const run of runsOf(inside)) count += segment.countRows(expression, run[0]!, run.at(-1)!);
  await visitMatches(segment, query, range, others, () => void count++);
  return count;
}
