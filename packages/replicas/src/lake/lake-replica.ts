import { randomUUID } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError, type Clock, type ErrorCode, errorCodeOf } from "@footfall/base";
import type { Row } from "@footfall/changes";
import { expireLog, type Lake, type LakeTable } from "@footfall/lake";
import { fillUnavailable } from "../fill-unavailable.ts";
import type { ExpectedReplicaProgress, PlacedChange, Replica, ReplicaProgress } from "../replica.ts";
import { CapturedTable, type NewChanges } from "./captured-table.ts";
import { historyLine, rowKeyOf } from "./history-line.ts";
import { progressSchema } from "./replica-tables.ts";
import { lakeTableNames, progressTableName } from "./table-names.ts";

export interface LakeReplicaOptions {
  /** A lake of its own: `reset` deletes its tables. Whoever opened it closes it, after the replica. */
  readonly lake: Lake;
  readonly clock: Clock;
  /**
   * How far `<table>` may be behind `<table>_history`. Default 60,000; longer where a rewrite would take more than a
   * tenth of the time. 0: only `materialize` rewrites.
   */
  readonly materializeIntervalMs?: number;
  /** Replaced files and versions stay readable for this long. Must exceed the longest query. Default 900,000. */
  readonly graceMs?: number;
  /** Told of a rewrite that failed; the next one tries again. */
  readonly onWarning?: (error: unknown) => void;
}

/** Names that no topic has: `:` is not allowed there. */
const tableIdPrefix = "table:";
const resettingId = "reset:begun";
const removedPrefix = ".removed-";
/** Of the time, what goes into rewriting tables. */
const rewriteShareMax = 0.1;

interface Counted {
  readonly placed: PlacedChange;
  readonly at: number;
}

/**
 * Captured tables in a lake: `<table>_history` has every change, from the commit that stores it on, and `<table>` the
 * rows that are there, rewritten now and then (ADR 15).
 *
 * Each commit of a history holds the positions up to which it has all of a partition's changes, so changes that are
 * given again after a crash are passed over. The caller's progress is committed after them: it is never ahead.
 */
export class LakeReplica implements Replica {
  readonly #lake: Lake;
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #intervalMs: number;
  readonly #onWarning: (error: unknown) => void;
  readonly #tables = new Map<string, CapturedTable>();
  #timer: NodeJS.Timeout | undefined;
  #cleanedAtMs: number;
  #isClosed = false;
  /** Rewriting and emptying take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: LakeReplicaOptions) {
    this.#lake = options.lake;
    this.#clock = options.clock;
    this.#graceMs = options.graceMs ?? 900_000;
    this.#intervalMs = options.materializeIntervalMs ?? 60_000;
    this.#onWarning = options.onWarning ?? (() => {});
    this.#cleanedAtMs = options.clock();
  }

  static open(options: LakeReplicaOptions): LakeReplica {
    const replica = new LakeReplica(options);
    replica.#schedule(replica.#intervalMs);
    return replica;
  }

  async progress(): Promise<ReplicaProgress> {
    const { progress } = await translated(() => this.#stored());
    return new Map([...progress].filter(([name]) => !name.startsWith(tableIdPrefix)));
  }

  async store(
    changes: readonly PlacedChange[],
    progress: ReplicaProgress,
    expected: ExpectedReplicaProgress,
  ): Promise<void> {
    await translated(async () => {
      const stored = await this.#stored();
      for (const [name, value] of expected) {
        if (stored.progress.get(name) !== value) throw fenced(`${name} is ${stored.progress.get(name)}, not ${value}`);
      }
      const counted = changes.map((placed, at) => ({ placed, at }));
      const batches: (NewChanges<Counted> & { table: CapturedTable })[] = [];
      for (const [name, ofTable] of byTable(counted)) {
        const table = await this.#table(name, ofTable[0]!.placed, stored);
        batches.push({ table, ...(await table.newOf(ofTable)) });
      }
      // All lines before the first commit: what is refused keeps all else out, too.
      const appends = [];
      for (const batch of batches) appends.push({ batch, lines: await linesOf(batch.table, batch.changes) });
      for (const { batch, lines } of appends) if (lines.length > 0) await batch.table.append(lines, batch);
      await stored.table.commit({ add: [], progress, expectedProgress: expected, operation: "replicate" });
    });
  }

  /** Brings every `<table>` up to its history, merges small files, and deletes what has been replaced for long. */
  async materialize(): Promise<void> {
    await this.#next(async () => {
      const stored = await this.#stored();
      const isCleaning = this.#clock() - this.#cleanedAtMs >= this.#graceMs;
      for (const id of stored.progress.keys()) {
        if (!id.startsWith(tableIdPrefix)) continue;
        const table = await this.#openTable(id.slice(tableIdPrefix.length));
        await table.materialize();
        if (isCleaning) await table.deleteReplaced(this.#graceMs, this.#clock);
      }
      if (!isCleaning) return;
      await expireLog(this.#lake, stored.table, { retentionMs: this.#graceMs, clock: this.#clock });
      this.#cleanedAtMs = this.#clock();
    });
  }

  async reset(): Promise<void> {
    await this.#next(async () => {
      const { table, progress } = await this.#stored();
      await table.commit({ add: [], progress: new Map([[resettingId, 1n]]), operation: "reset" });
      await this.#finishReset(progress.keys());
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#turn;
  }

  async #stored() {
    for (;;) {
      const table = await this.#lake.table(progressSchema(progressTableName));
      const { progress } = await table.snapshot();
      if (!progress.has(resettingId)) return { table, progress };
      await this.#finishReset(progress.keys());
    }
  }

  async #table(
    name: string,
    { change }: PlacedChange,
    stored: { table: LakeTable; progress: ReplicaProgress },
  ): Promise<CapturedTable> {
    const id = `${tableIdPrefix}${name}`;
    // First, so that `reset` finds it.
    if (!stored.progress.has(id)) {
      const operation = `add table ${change.schema}.${change.table}`;
      await stored.table.commit({ add: [], progress: new Map([[id, 1n]]), operation });
    }
    return this.#openTable(name);
  }

  async #openTable(name: string): Promise<CapturedTable> {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = await CapturedTable.open(this.#lake, { present: name, history: `${name}_history` });
      this.#tables.set(name, table);
    }
    return table;
  }

  /** Goes on where a crash has broken it off: the progress goes last. */
  async #finishReset(ids: Iterable<string>): Promise<void> {
    this.#tables.clear();
    const names = [...ids].filter((id) => id.startsWith(tableIdPrefix)).map((id) => id.slice(tableIdPrefix.length));
    for (const name of names) for (const each of [name, `${name}_history`]) await this.#removeFolder(each);
    await syncFolder(this.#lake.root);
    await this.#removeFolder(progressTableName);
    await syncFolder(this.#lake.root);
    for (const name of await readdir(this.#lake.root)) {
      if (name.startsWith(removedPrefix)) await rm(join(this.#lake.root, name), { recursive: true, force: true });
    }
  }

  /** At once by its name; its files follow. */
  async #removeFolder(name: string): Promise<void> {
    const { root } = this.#lake;
    await rename(join(root, name), join(root, `${removedPrefix}${randomUUID()}`)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    });
  }

  #schedule(afterMs: number): void {
    if (this.#isClosed || this.#intervalMs === 0) return;
    this.#timer = setTimeout(() => {
      const begunMs = performance.now();
      void this.materialize()
        .catch(this.#onWarning)
        .then(() => {
          const tookMs = performance.now() - begunMs;
          this.#schedule(Math.max(this.#intervalMs, tookMs * (1 / rewriteShareMax - 1)));
        });
    }, afterMs).unref();
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => translated(work));
    this.#turn = result.catch(() => {});
    return result;
  }
}

function byTable(changes: readonly Counted[]): ReadonlyMap<string, readonly Counted[]> {
  const tables = new Map<string, Counted[]>();
  for (const counted of changes) {
    const name = lakeTableNames(counted.placed.change).present;
    const known = tables.get(name);
    if (known === undefined) tables.set(name, [counted]);
    else known.push(counted);
  }
  return tables;
}

/** Lines of the changes, with what the source did not send of their rows. @throws RefusedChangeError */
async function linesOf(table: CapturedTable, counted: readonly Counted[]): Promise<readonly string[]> {
  const idOf = ({ change }: PlacedChange) => rowKeyOf(change.key);
  const load = async (lacking: readonly PlacedChange[]): Promise<readonly (Row | undefined)[]> => {
    const rows = await table.load([...new Set(lacking.map(idOf))]);
    return lacking.map((change) => rows.get(idOf(change)));
  };
  const whole = await fillUnavailable(
    counted.map(({ placed }) => placed),
    idOf,
    load,
  );
  return whole.map((placed, index) => historyLine(placed, counted[index]!.at));
}

const codes: Partial<Record<ErrorCode, ErrorCode>> = {
  LAKE_UNAVAILABLE: "REPLICA_UNAVAILABLE",
  LAKE_WRITER_FENCED: "REPLICA_WRITER_FENCED",
};

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codes[errorCodeOf(error) as ErrorCode];
    if (code === undefined || !(error instanceof AppError)) throw error;
    throw new AppError(code, error.message, { cause: error, retriable: error.retriable, context: error.context });
  }
}

function fenced(what: string): AppError {
  return new AppError("REPLICA_WRITER_FENCED", `Another writer has moved the replica in the lake on: ${what}.`);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
