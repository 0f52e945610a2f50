import { canonicalText, type ExactJson } from "../json/exact-json.ts";
import { valueAt } from "../json/pointer.ts";

interface Match {
  readonly leftIndex?: number;
  readonly rightIndex?: number;
}

/**
 * Which elements of two lists belong together where order does not matter: those with equal values at `by`, else (and
 * where `by` is empty) equal ones. What is left over meets in the order of its text, so that no order given matters.
 * Elements with a value at `by` that the other side has not stay alone.
 */
export function matchUnordered(
  left: readonly ExactJson[],
  right: readonly ExactJson[],
  by: readonly string[],
): Match[] {
  const matches: Match[] = [];
  const [leftKeyed, rightKeyed] = [byKey(left, by), byKey(right, by)];
  for (const [key, leftIndexes] of leftKeyed.keyed) {
    matches.push(...matchEqual(left, right, leftIndexes, rightKeyed.keyed.get(key) ?? []));
    rightKeyed.keyed.delete(key);
  }
  for (const indexes of rightKeyed.keyed.values()) matches.push(...indexes.map((rightIndex) => ({ rightIndex })));
  matches.push(...matchEqual(left, right, leftKeyed.others, rightKeyed.others));
  return matches;
}

/** Equal elements meet first, the rest in the order of their text. */
function matchEqual(
  left: readonly ExactJson[],
  right: readonly ExactJson[],
  leftIndexes: readonly number[],
  rightIndexes: readonly number[],
): Match[] {
  if (leftIndexes.length === 1 && rightIndexes.length === 1) {
    return [{ leftIndex: leftIndexes[0]!, rightIndex: rightIndexes[0]! }];
  }
  const waiting = new Map<string, number[]>();
  for (const index of rightIndexes) push(waiting, canonicalText(right[index]!), index);
  const matches: Match[] = [];
  const alone: { text: string; index: number }[] = [];
  for (const leftIndex of leftIndexes) {
    const text = canonicalText(left[leftIndex]!);
    const rightIndex = waiting.get(text)?.shift();
    if (rightIndex === undefined) alone.push({ text, index: leftIndex });
    else matches.push({ leftIndex, rightIndex });
  }
  const rest = [...waiting].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, indexes]) => indexes);
  alone.sort((a, b) => (a.text < b.text ? -1 : 1));
  for (let next = 0; next < Math.max(alone.length, rest.length); next += 1) {
    const [leftIndex, rightIndex] = [alone[next]?.index, rest[next]];
    matches.push({ ...(leftIndex !== undefined && { leftIndex }), ...(rightIndex !== undefined && { rightIndex }) });
  }
  return matches;
}

function byKey(list: readonly ExactJson[], by: readonly string[]) {
  const keyed = new Map<string, number[]>();
  const others: number[] = [];
  for (const [index, element] of list.entries()) {
    const value = by.length === 0 ? undefined : valueAt(element, by);
    if (value === undefined) others.push(index);
    else push(keyed, canonicalText(value), index);
  }
  return { keyed, others };
}

function push(lists: Map<string, number[]>, key: string, index: number): void {
  const list = lists.get(key);
  if (list) list.push(index);
  else lists.set(key, [index]);
}
