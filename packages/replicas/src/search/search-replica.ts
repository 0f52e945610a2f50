import { AppError, type Clock, errorCodeOf } from "@footfall/base";
import type { TableName } from "@footfall/changes";
import { OpenSearchClient } from "@footfall/log-index/opensearch-client";
import type { ExpectedReplicaProgress, PlacedChange, Replica, ReplicaProgress } from "../replica.ts";
import { assertStorable } from "../storable-change.ts";
import { ReplicaIndexNames } from "./index-names.ts";
import { ReplicaState, type StoredState } from "./replica-state.ts";
import { rowsIndex } from "./row-document.ts";
import { type NumberedChange, RowsIndex } from "./rows-index.ts";

export interface SearchReplicaOptions {
  /** `https://user:password@host:9200`; the user may be absent. */
  readonly url: string;
  readonly clock: Clock;
  /** What the names of all indices begin with. Default `footfall-replica`. Two replicas on one server need two. */
  readonly indexPrefix?: string;
  /** Copies of each shard beside the first, of new indices. Default 1. */
  readonly replicas?: number;
  /** Whether rows can be found once `store` has ended (`true`) or within a second. Default `false`. */
  readonly refresh?: "false" | "wait_for" | "true";
  /** How long a call goes on trying while the server is away or overloaded. Default 30,000. */
  readonly patienceMs?: number;
  /** How long deleted rows are remembered, so that no writer that slept brings one back. Default 86,400,000. */
  readonly marksKeptMs?: number;
}

/**
 * Rows in OpenSearch: an index per table, searched by the alias `<prefix>-<schema>.<table>`, id the primary key,
 * columns under `row` (ADR 16).
 *
 * The server stores no batch as one. Each document has the position of the change that wrote it and gives way to later
 * ones only; the progress is written last. Readers may see a part of a batch, and never an older row after a newer one.
 */
export class SearchReplica implements Replica {
  readonly #client: OpenSearchClient;
  readonly #names: ReplicaIndexNames;
  readonly #state: ReplicaState;
  readonly #options: SearchReplicaOptions;
  readonly #indices = new Map<string, RowsIndex>();
  #forgotAtMs: number;

  private constructor(options: SearchReplicaOptions) {
    this.#options = options;
    this.#client = new OpenSearchClient({ url: options.url, patienceMs: options.patienceMs ?? 30_000 });
    this.#names = new ReplicaIndexNames(options.indexPrefix ?? "footfall-replica");
    this.#state = new ReplicaState(this.#client, this.#names.progress);
    this.#forgotAtMs = options.clock();
  }

  static open(options: SearchReplicaOptions): SearchReplica {
    return new SearchReplica(options);
  }

  async progress(): Promise<ReplicaProgress> {
    return translated(async () => (await this.#stored()).progress);
  }

  async store(
    changes: readonly PlacedChange[],
    progress: ReplicaProgress,
    expected: ExpectedReplicaProgress,
  ): Promise<void> {
    for (const [at, { change }] of changes.entries()) assertStorable(change, at);
    await translated(async () => {
      ReplicaState.requireExpected(await this.#stored(), expected);
      try {
        for (const { name, changes: ofTable } of byTable(changes)) await this.#apply(name, ofTable);
      } catch (error) {
        // Somebody may have deleted an index; the next call looks.
        this.#indices.clear();
        throw error;
      }
      await this.#state.move(progress, expected);
      await this.#forgetMarks();
    });
  }

  async reset(): Promise<void> {
    await translated(async () => {
      await this.#state.beginReset();
      await this.#finishReset();
    });
  }

  async close(): Promise<void> {
    this.#indices.clear();
  }

  async #stored(): Promise<StoredState> {
    for (;;) {
      const stored = await this.#state.read();
      if (!stored.isResetting) return stored;
      await this.#finishReset();
    }
  }

  async #finishReset(): Promise<void> {
    this.#indices.clear();
    const path = `${this.#names.everyRows}/_settings?filter_path=*.settings.index.uuid`;
    const { body } = await this.#client.request<object>("GET", path);
    for (const name of Object.keys(body)) await this.#client.request("DELETE", name, undefined, [404]);
    await this.#state.endReset();
  }

  async #apply(name: TableName, changes: readonly NumberedChange[]): Promise<void> {
    const index = await this.#index(name);
    let rows: NumberedChange[] = [];
    for (const numbered of changes) {
      if (numbered.placed.change.operation !== "truncate") rows.push(numbered);
      else {
        await index.apply(rows);
        await index.truncate(numbered.placed);
        rows = [];
      }
    }
    await index.apply(rows);
  }

  async #index(name: TableName): Promise<RowsIndex> {
    const { replicas = 1, refresh = "false", clock } = this.#options;
    const rows = this.#names.rows(name);
    let index = this.#indices.get(rows);
    if (index === undefined) {
      const { status, body } = await this.#client.request<{ error?: { type?: string; reason?: string } }>(
        "PUT",
        rows,
        rowsIndex(replicas, this.#names.alias(name)),
        [400],
      );
      if (status === 400 && body.error?.type !== "resource_already_exists_exception") {
        throw new AppError("REPLICA_UNAVAILABLE", `OpenSearch does not make index ${rows}: ${body.error?.reason}`);
      }
      this.#indices.set(rows, (index = new RowsIndex(this.#client, rows, refresh, clock)));
    }
    return index;
  }

  /** Now and then; of the tables that changed since the start. */
  async #forgetMarks(): Promise<void> {
    const { marksKeptMs = 86_400_000, clock } = this.#options;
    if (clock() - this.#forgotAtMs < marksKeptMs / 24) return;
    this.#forgotAtMs = clock();
    for (const index of this.#indices.values()) await index.deleteMarks(clock() - marksKeptMs);
  }
}

function byTable(changes: readonly PlacedChange[]): Iterable<{ name: TableName; changes: readonly NumberedChange[] }> {
  const tables = new Map<string, { name: TableName; changes: NumberedChange[] }>();
  for (const [at, placed] of changes.entries()) {
    const { schema, table } = placed.change;
    const id = JSON.stringify([schema, table]);
    const known = tables.get(id) ?? { name: { schema, table }, changes: [] };
    known.changes.push({ placed, at });
    tables.set(id, known);
  }
  return tables.values();
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || errorCodeOf(error) !== "INDEX_UNAVAILABLE") throw error;
    const { message, context, retriable } = error;
    throw new AppError("REPLICA_UNAVAILABLE", message, { cause: error, retriable, context });
  }
}
