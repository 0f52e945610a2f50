import { AppError } from "@footfall/base";
import type { Row } from "@footfall/changes";
import type { Replica } from "@footfall/replicas";

/** A replica in memory; tables named in `refused` are refused. */
export class MemoryReplica implements Replica {
  readonly rows = new Map<string, Row>();
  readonly refused = new Set<string>();
  readonly #progress = new Map<string, bigint>();

  progress(): Promise<ReadonlyMap<string, bigint>> {
    return Promise.resolve(new Map(this.#progress));
  }

  async store(
    changes: Parameters<Replica["store"]>[0],
    progress: Parameters<Replica["store"]>[1],
    expected: Parameters<Replica["store"]>[2],
  ): Promise<void> {
    for (const [name, value] of expected) {
      if (this.#progress.get(name) !== value) throw new AppError("REPLICA_WRITER_FENCED", name);
    }
    for (const { change } of changes) {
      if (this.refused.has(change.table)) throw new AppError("REPLICA_TABLE_REFUSED", `${change.table} is refused`);
      const key = `${change.table}:${JSON.stringify(change.key)}`;
      if (change.after === undefined) this.rows.delete(key);
      else this.rows.set(key, change.after);
    }
    for (const [name, value] of progress) this.#progress.set(name, value);
  }

  async reset(): Promise<void> {
    this.rows.clear();
    this.#progress.clear();
  }

  async close(): Promise<void> {}
}
