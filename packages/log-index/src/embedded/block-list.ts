import type { BlockHead } from "./entry-block.ts";

/** Times from `fromMs` up to `toMs`, exclusive. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Neighbouring blocks of a segment: those with ids from `firstId` up to `lastId`. */
export interface BlockRun {
  readonly firstId: number;
  readonly lastId: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Blocks that are looked at as one: a day may have a hundred thousand, and most searches need few. */
const groupBlocks = 256;

export function overlaps({ minMs, maxMs }: BlockHead | BlockRun, { fromMs, toMs }: TimeRange): boolean {
  return maxMs >= fromMs && minMs < toMs;
}

export function isWithin({ minMs, maxMs }: BlockHead | BlockRun, { fromMs, toMs }: TimeRange): boolean {
  return minMs >= fromMs && maxMs < toMs;
}

export function blocksIn({ firstId, lastId }: BlockRun): number {
  return lastId - firstId + 1;
}

/** The blocks of a segment, whose ids are 1, 2, … in order of arrival. */
export class BlockList {
  readonly #heads: BlockHead[] = [];
  readonly #groups: BlockRun[] = [];

  get length(): number {
    return this.#heads.length;
  }

  /** @param heads  in order; those from the last known one on, which may have grown */
  update(heads: readonly BlockHead[]): void {
    for (const head of heads) this.#heads[head.id - 1] = head;
    const firstGroup = Math.floor(((heads[0]?.id ?? this.length + 1) - 1) / groupBlocks);
    for (let group = firstGroup; group * groupBlocks < this.length; group += 1) {
      const firstId = group * groupBlocks + 1;
      this.#groups[group] = this.run(firstId, Math.min(firstId + groupBlocks - 1, this.length));
    }
  }

  head(id: number): BlockHead {
    return this.#heads[id - 1]!;
  }

  heads({ firstId, lastId }: BlockRun): readonly BlockHead[] {
    return this.#heads.slice(firstId - 1, lastId);
  }

  run(firstId: number, lastId: number): BlockRun {
    let [minMs, maxMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let id = firstId; id <= lastId; id += 1) {
      const head = this.head(id);
      if (head.minMs < minMs) minMs = head.minMs;
      if (head.maxMs > maxMs) maxMs = head.maxMs;
    }
    return { firstId, lastId, minMs, maxMs };
  }

  /** Each block of a run as a run of its own. */
  eachOf(run: BlockRun): BlockRun[] {
    return this.heads(run).map(({ id, minMs, maxMs }) => ({ firstId: id, lastId: id, minMs, maxMs }));
  }

  /** Runs that hold all blocks of a range, and perhaps others; in order. */
  runs(range: TimeRange): BlockRun[] {
    return this.#groups.filter((group) => overlaps(group, range));
  }

  /** The block that has a row. */
  blockOf(row: number): BlockHead {
    let [low, high] = [0, this.#heads.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#heads[middle]!.firstRow <= row) low = middle;
      else high = middle - 1;
    }
    return this.#heads[low]!;
  }
}

/** Runs that follow one another as one. */
export function joined(runs: readonly BlockRun[]): BlockRun[] {
  const whole: BlockRun[] = [];
  for (const run of runs.toSorted((a, b) => a.firstId - b.firstId)) {
    const last = whole.at(-1);
    if (last?.lastId !== run.firstId - 1) whole.push(run);
    else {
      const [minMs, maxMs] = [Math.min(last.minMs, run.minMs), Math.max(last.maxMs, run.maxMs)];
      whole[whole.length - 1] = { firstId: last.firstId, lastId: run.lastId, minMs, maxMs };
    }
  }
  return whole;
}
