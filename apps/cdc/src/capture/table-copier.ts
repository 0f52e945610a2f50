import { randomUUID } from "node:crypto";
import { type BackOff, backOffMs, type Random } from "@footfall/base";
import type { Logger } from "@footfall/runtime";
import type { Client } from "pg";
import type { CapturedTable } from "../postgres/captured-table.ts";
import type { ColumnTypes } from "../values/column-types.ts";
import type { TableProgress } from "./capture-progress.ts";
import { Chunk } from "./chunk.ts";
import { readChunk } from "./read-chunk.ts";
import { pause } from "./topic-writer.ts";

export interface TableCopierOptions {
  readonly client: Client;
  readonly types: ColumnTypes;
  readonly markPrefix: string;
  readonly chunkRows: number;
  readonly random: Random;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** What a mark in the stream says. */
export interface Mark {
  readonly chunk: string;
  readonly is: "open" | "close";
}

const retry: BackOff = { minMs: 50, maxMs: 5_000 };

/**
 * Copies tables chunk by chunk while the stream goes on. It writes a mark into the database's log, reads, writes
 * another one; the reader of the stream meets both and says what became of the chunk.
 */
export class TableCopier {
  readonly #options: TableCopierOptions;
  #chunk: Chunk | undefined;
  #settle: (() => void) | undefined;

  constructor(options: TableCopierOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#settle?.(), { once: true });
  }

  /** The chunk under way that the mark is of; marks of a process before this one are of none. */
  chunkOf(mark: Mark): Chunk | undefined {
    return this.#chunk?.id === mark.chunk ? this.#chunk : undefined;
  }

  /** The chunk that changes of this table go past now. */
  openChunk(table: CapturedTable): Chunk | undefined {
    return this.#chunk?.isOpen && this.#chunk.table === table ? this.#chunk : undefined;
  }

  /** The stream has dealt with the close mark, and progress says so. */
  settle(): void {
    this.#chunk = undefined;
    this.#settle?.();
  }

  /** @param progress  kept up to date by the reader of the stream */
  async copy(table: CapturedTable, progress: TableProgress): Promise<void> {
    const { signal, random, logger } = this.#options;
    for (let staleInRow = 0; progress.state === "copying" && !signal.aborted;) {
      const chunk = await this.#throughStream(table, progress.lastKey);
      if (signal.aborted) return;
      staleInRow = chunk.isStale ? staleInRow + 1 : 0;
      if (staleInRow === 0) continue;
      if (staleInRow % 10 === 0) {
        logger.warn({ table: table.name, tries: staleInRow }, "a chunk is read again: open transactions, or a lock");
      }
      await pause(backOffMs(staleInRow, retry, random), signal);
    }
  }

  async #throughStream(table: CapturedTable, lastKey: readonly string[] | undefined): Promise<Chunk> {
    const { client, types, chunkRows, signal } = this.#options;
    const id = randomUUID();
    const settled = new Promise<void>((resolve) => void (this.#settle = resolve));
    let begin!: () => void;
    const marked = new Promise<void>((resolve) => void (begin = resolve));
    const read = marked.then(() => readChunk({ client, types, table, lastKey, rowsMax: chunkRows }));
    const chunk = new Chunk(id, table, read);
    this.#chunk = chunk;
    await this.#mark({ chunk: id, is: "open" });
    begin();
    await read;
    await this.#mark({ chunk: id, is: "close" });
    if (!signal.aborted) await settled;
    return chunk;
  }

  async #mark(mark: Mark): Promise<void> {
    const { client, markPrefix } = this.#options;
    await client.query("select pg_logical_emit_message(true, $1, $2)", [markPrefix, JSON.stringify(mark)]);
  }
}
