/** A record as far as pairing goes. */
export interface AlignedRecord {
  readonly timeMs: number;
  readonly eventId: string | undefined;
  readonly text: string;
}

export interface Alignment<R> {
  readonly left?: R;
  readonly right?: R;
}

/** Products of counts beyond which records are aligned one after the other, not by the cheapest way of all. */
const cellsMax = 250_000;

/** The order that both sides' records of one key are seen in, whatever order they came in. */
export function compareByTime(a: AlignedRecord, b: AlignedRecord): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  const [left, right] = [a.eventId ?? "", b.eventId ?? ""];
  if (left !== right) return left < right ? -1 : 1;
  return a.text === b.text ? 0 : a.text < b.text ? -1 : 1;
}

/**
 * Pairs the records of one key: as many as lie within `reachMs` of each other, in order of time, with the least sum of
 * distances; among equally near ones those with the same event id or text. So a record that is missing in the middle
 * leaves one record alone, and does not shift those after it.
 * @param left, right  ordered by `compareByTime`
 */
export function alignRecords<R extends AlignedRecord>(
  left: readonly R[],
  right: readonly R[],
  reachMs: number,
): readonly Alignment<R>[] {
  if (left.length === 0) return right.map((record): Alignment<R> => ({ right: record }));
  if (right.length === 0) return left.map((record): Alignment<R> => ({ left: record }));
  if (left.length === 1 && right.length === 1) {
    const [leftRecord, rightRecord] = [left[0]!, right[0]!];
    const isPair = Math.abs(leftRecord.timeMs - rightRecord.timeMs) <= reachMs;
    return isPair ? [{ left: leftRecord, right: rightRecord }] : alignInTurn(left, right, reachMs);
  }
  if (left.length * right.length > cellsMax) return alignInTurn(left, right, reachMs);
  return alignCheapest(left, right, reachMs);
}

function alignCheapest<R extends AlignedRecord>(left: readonly R[], right: readonly R[], reachMs: number) {
  const columns = right.length + 1;
  const costs = new Float64Array((left.length + 1) * columns);
  const alone = reachMs + 1;
  for (let row = 0; row <= left.length; row += 1) {
    for (let column = 0; column <= right.length; column += 1) {
      if (row === 0 || column === 0) costs[row * columns + column] = (row + column) * alone;
      else {
        costs[row * columns + column] = Math.min(
          costs[(row - 1) * columns + column]! + alone,
          costs[row * columns + column - 1]! + alone,
          costs[(row - 1) * columns + column - 1]! + pairCost(left[row - 1]!, right[column - 1]!, reachMs),
        );
      }
    }
  }
  const alignments: Alignment<R>[] = [];
  let [row, column] = [left.length, right.length];
  while (row > 0 || column > 0) {
    const cost = costs[row * columns + column]!;
    const [leftRecord, rightRecord] = [left[row - 1], right[column - 1]];
    if (leftRecord && rightRecord) {
      const before = costs[(row - 1) * columns + column - 1]!;
      if (cost === before + pairCost(leftRecord, rightRecord, reachMs)) {
        alignments.push({ left: leftRecord, right: rightRecord });
        row -= 1;
        column -= 1;
        continue;
      }
    }
    if (leftRecord && (!rightRecord || cost === costs[(row - 1) * columns + column]! + alone)) {
      alignments.push({ left: leftRecord });
      row -= 1;
    } else {
      alignments.push({ right: rightRecord! });
      column -= 1;
    }
  }
  return alignments.reverse();
}

function alignInTurn<R extends AlignedRecord>(left: readonly R[], right: readonly R[], reachMs: number) {
  const alignments: Alignment<R>[] = [];
  let [row, column] = [0, 0];
  while (row < left.length || column < right.length) {
    const [leftRecord, rightRecord] = [left[row], right[column]];
    if (leftRecord && rightRecord && Math.abs(leftRecord.timeMs - rightRecord.timeMs) <= reachMs) {
      alignments.push({ left: leftRecord, right: rightRecord });
      row += 1;
      column += 1;
    } else if (leftRecord && (!rightRecord || leftRecord.timeMs < rightRecord.timeMs)) {
      alignments.push({ left: leftRecord });
      row += 1;
    } else {
      alignments.push({ right: rightRecord! });
      column += 1;
    }
  }
  return alignments;
}

/** Whole milliseconds, and parts of one for what decides between equally near ones: sums stay exact. */
function pairCost(left: AlignedRecord, right: AlignedRecord, reachMs: number): number {
  const distanceMs = Math.abs(left.timeMs - right.timeMs);
  if (distanceMs > reachMs) return Infinity;
  const isSameId = left.eventId !== undefined && left.eventId === right.eventId;
  return distanceMs + (isSameId ? 0 : 0.25) + (left.text === right.text ? 0 : 0.125);
}
