import { topics } from "@footfall/events";

const repeatsPrefix = `repeats/${topics.clicks}-`;
const unreadablePrefix = `unreadable/${topics.clicks}-`;

/** What a stored count is of. */
export type CountOf =
  | { readonly of: "repeats"; readonly partition: number; readonly tenant: string }
  | { readonly of: "unreadable"; readonly partition: number };

/** Progress id of the repeats of a tenant that a partition has held so far. */
function repeatsId(partition: number, tenant: string): string {
  return `${repeatsPrefix}${partition}/${tenant}`;
}

/** Progress id of the records of a partition so far that were no events. */
function unreadableId(partition: number): string {
  return `${unreadablePrefix}${partition}`;
}

/** What a progress id counts; undefined where it is no count. */
export function countOfId(id: string): CountOf | undefined {
  if (id.startsWith(unreadablePrefix)) {
    return { of: "unreadable", partition: Number(id.slice(unreadablePrefix.length)) };
  }
  if (!id.startsWith(repeatsPrefix)) return undefined;
  const [partition, tenant = ""] = id.slice(repeatsPrefix.length).split("/");
  return { of: "repeats", partition: Number(partition), tenant };
}

/**
 * Records that did not become rows of `events`, counted since the last commit. The commit that moves the offsets past
 * them stores the sums with its progress, so that a crash neither loses nor doubles one (invariants I2, I3).
 */
export class RepeatCounts {
  readonly #counts = new Map<string, bigint>();

  addRepeat(partition: number, tenant: string): void {
    this.#add(repeatsId(partition, tenant));
  }

  addUnreadable(partition: number): void {
    this.#add(unreadableId(partition));
  }

  #add(id: string): void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0n) + 1n);
  }

  /** The sums so far of what was counted, for the progress of the next commit. */
  sums(committed: ReadonlyMap<string, bigint | undefined>): Map<string, bigint> {
    return new Map([...this.#counts].map(([id, count]) => [id, (committed.get(id) ?? 0n) + count]));
  }

  clear(): void {
    this.#counts.clear();
  }
}
