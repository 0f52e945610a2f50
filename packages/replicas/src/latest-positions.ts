import type { ChangePosition } from "@footfall/changes";
import { comparePositions } from "@footfall/changes";
import { offsetId } from "@footfall/ingest";
import type { TopicPartition } from "@footfall/log";

/**
 * The position of the last change that was applied, by partition. A capture that starts again tells changes again; in
 * each partition they stand in the source's order, so what is not later than the last one has been applied.
 */
export class LatestPositions {
  readonly #latest = new Map<string, ChangePosition>();
  readonly #changed = new Set<string>();

  constructor(held: readonly TopicPartition[], progress: ReadonlyMap<string, bigint>) {
    for (const id of held.map(offsetId)) {
      const lsn = progress.get(lsnId(id));
      if (lsn !== undefined) this.#latest.set(id, { lsn, index: Number(progress.get(indexId(id)) ?? 0n) });
    }
  }

  /** Whether the change is later than all of its partition before; from now on it is the last one. */
  isNew(place: TopicPartition, position: ChangePosition): boolean {
    const id = offsetId(place);
    const latest = this.#latest.get(id);
    if (latest !== undefined && comparePositions(position, latest) <= 0) return false;
    this.#latest.set(id, position);
    this.#changed.add(id);
    return true;
  }

  /** What is to be stored with the changes since the last call. */
  change(): ReadonlyMap<string, bigint> {
    const change = new Map<string, bigint>();
    for (const id of this.#changed) {
      const { lsn, index } = this.#latest.get(id)!;
      change.set(lsnId(id), lsn).set(indexId(id), BigInt(index));
    }
    this.#changed.clear();
    return change;
  }
}

function lsnId(id: string): string {
  return `${id}.lsn`;
}

function indexId(id: string): string {
  return `${id}.index`;
}
