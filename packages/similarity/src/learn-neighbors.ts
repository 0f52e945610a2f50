import { assertInvariant } from "@footfall/base";
import { CooccurrenceCounts, countCooccurrence } from "./count-cooccurrence.ts";
import { sharedInt32 } from "./item-sessions.ts";
import type { NeighborLists } from "./neighbor-lists.ts";
import { scoreFactors, scoreSimilarity } from "./score-similarity.ts";
import { itemOf, itemSupport, type SessionMatrix } from "./session-matrix.ts";
import type { SimilarityParameters } from "./similarity-model.ts";
import { TopSelection } from "./top-selection.ts";

/** Neighbour lists with their support, as `SimilarityModel` holds them. */
export interface ItemNeighbors extends NeighborLists {
  readonly neighborSupport: Int32Array;
}

/**
 * The work of learning neighbours, cut so that threads share it: every array is in shared memory, an item writes to
 * its own slots only, and so the outcome does not depend on who did which items.
 */
export interface NeighborTask {
  readonly matrix: SessionMatrix;
  readonly parameters: SimilarityParameters;
  /** Items from rangeStarts[r] up to and without rangeStarts[r + 1] are range r; ranges are about equal work. */
  readonly rangeStarts: Int32Array;
  /** Slots of item i start at slotOffsets[i]; there are as many as it can have neighbours. */
  readonly slotOffsets: Int32Array;
  /** Neighbours found, per item. */
  readonly found: Int32Array;
  readonly items: Int32Array;
  readonly scores: Float32Array;
  readonly support: Int32Array;
  /** One entry: the next range that nobody has taken. */
  readonly nextRange: Int32Array;
}

const rangesMax = 256;

export function planNeighbors(matrix: SessionMatrix, parameters: SimilarityParameters): NeighborTask {
  const { itemCount } = matrix;
  const pairs = pairsPerItem(matrix);
  const slotOffsets = sharedInt32(itemCount + 1);
  let slots = 0;
  let work = 0;
  const workUpTo = new Float64Array(itemCount + 1);
  for (let item = 0; item < itemCount; item++) {
    const sessions = matrix.itemOffsets[item + 1]! - matrix.itemOffsets[item]!;
    slots += Math.min(parameters.neighborsMax, pairs[item]! - sessions);
    slotOffsets[item + 1] = slots;
    if (sessions > 0) work += pairs[item]! * Math.min(1, parameters.sessionsPerItemMax / sessions);
    workUpTo[item + 1] = work;
  }
  assertInvariant(slots < 2 ** 31, "neighbour slots exceed 32 bits");
  return {
    matrix,
    parameters,
    rangeStarts: balancedRanges(workUpTo, rangesMax),
    slotOffsets,
    found: sharedInt32(itemCount),
    items: sharedInt32(slots),
    scores: new Float32Array(new SharedArrayBuffer(4 * slots)),
    support: sharedInt32(slots),
    nextRange: sharedInt32(1),
  };
}

/** Increments that counting makes for each item: the summed lengths of its sessions, itself included. */
function pairsPerItem(matrix: SessionMatrix): Float64Array {
  const { sessionItems } = matrix;
  const pairs = new Float64Array(matrix.itemCount);
  for (let at = 0, start = 0; at < sessionItems.length; at++) {
    if (sessionItems[at]! >= 0) continue;
    const end = at + 1;
    for (let other = start; other < end; other++) pairs[itemOf(sessionItems[other]!)]! += end - start;
    start = end;
  }
  return pairs;
}

/** Cuts items into at most `parts` ranges of about equal work. @param workUpTo  cumulative work, from 0 */
export function balancedRanges(workUpTo: Float64Array, parts: number): Int32Array {
  const itemCount = workUpTo.length - 1;
  const total = workUpTo[itemCount]!;
  const starts = [0];
  for (let item = 1; item < itemCount && starts.length < parts; item++) {
    if (workUpTo[item]! - workUpTo[starts.at(-1)!]! >= total / parts) starts.push(item);
  }
  starts.push(itemCount);
  const shared = sharedInt32(starts.length);
  shared.set(starts);
  return shared;
}

/**
 * Works on ranges until none is left; run once in every thread of a task. A generator, so that a thread with other
 * duties can see to them between two ranges.
 * @yields after each range the number of ranges taken so far by all threads
 */
export function* workOnNeighbors(task: NeighborTask): Generator<number, void> {
  const { matrix, parameters, rangeStarts } = task;
  const selection = new TopSelection(parameters.neighborsMax);
  const support = itemSupport(matrix);
  const largest = support.reduce((most, sessions) => Math.max(most, sessions), 0);
  const counts = new CooccurrenceCounts(matrix.itemCount, Math.min(largest, parameters.sessionsPerItemMax));
  const factors = scoreFactors(support, parameters);
  const { sessionCount } = matrix;
  for (;;) {
    const range = Atomics.add(task.nextRange, 0, 1);
    if (range + 1 >= rangeStarts.length) return;
    for (let item = rangeStarts[range]!; item < rangeStarts[range + 1]!; item++) {
      countCooccurrence(matrix, item, parameters.sessionsPerItemMax, counts);
      scoreSimilarity({ item, counts, support, sessionCount, factors, parameters }, selection);
      const start = task.slotOffsets[item]!;
      for (let rank = 0; rank < selection.count; rank++) {
        const other = selection.indices[rank]!;
        task.items[start + rank] = other;
        task.scores[start + rank] = selection.scores[rank]!;
        task.support[start + rank] = counts.counts[other]!;
      }
      task.found[item] = selection.count;
      counts.clear();
    }
    yield range + 1;
  }
}

/** Closes the gaps between the lists, in place, once all ranges are done. The task is used up. */
export function collectNeighbors(task: NeighborTask): ItemNeighbors {
  const { slotOffsets, found, items, scores, support } = task;
  const itemCount = found.length;
  assertInvariant(task.nextRange[0]! >= task.rangeStarts.length - 1, "neighbours collected before they were learnt");
  const neighborOffsets = new Int32Array(itemCount + 1);
  let count = 0;
  for (let item = 0; item < itemCount; item++) {
    const start = slotOffsets[item]!;
    const end = start + found[item]!;
    if (start !== count) {
      items.copyWithin(count, start, end);
      scores.copyWithin(count, start, end);
      support.copyWithin(count, start, end);
    }
    count += found[item]!;
    neighborOffsets[item + 1] = count;
  }
  return {
    neighborOffsets,
    neighborItems: items.subarray(0, count),
    neighborScores: scores.subarray(0, count),
    neighborSupport: support.subarray(0, count),
  };
}

/** Neighbours of all items, on this thread alone. */
export function learnNeighbors(matrix: SessionMatrix, parameters: SimilarityParameters): ItemNeighbors {
  const task = planNeighbors(matrix, parameters);
  for (const _taken of workOnNeighbors(task));
  return collectNeighbors(task);
}
