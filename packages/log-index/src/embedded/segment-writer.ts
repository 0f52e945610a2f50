import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { IndexedEntry } from "../log-index.ts";
import {
  addToBlock,
  BlockEntries,
  blockCharsMax,
  type BlockHead,
  headOf,
  type OpenBlock,
  packColumns,
  packEntries,
} from "./entry-block.ts";
import { Facets } from "./facets.ts";
import { indexTextOf } from "./index-tokens.ts";
import type { SqliteFile } from "./sqlite-file.ts";

interface PackedBlock {
  readonly head: BlockHead;
  readonly columns: Uint8Array;
  readonly entries: Uint8Array;
}

/** Entries that are indexed, or put into blocks, before others get a turn; some 5 ms. */
const entriesAtOnce = 256;

/**
 * Appends to one day's file. What it remembers is right only as long as every append succeeds: after a failure it is
 * thrown away and made anew from the file.
 */
export class SegmentWriter {
  readonly #file: SqliteFile;
  readonly #facets: Facets;
  readonly #nextOffsets = new Map<number, bigint>();
  /** Filled up by the next append, so that many small appends make few blocks. */
  #tail: OpenBlock;

  constructor(file: SqliteFile) {
    this.#file = file;
    this.#facets = new Facets(file);
    for (const [partition, next] of file.rows<[number, string]>("select partition, next_offset from partitions")) {
      this.#nextOffsets.set(partition, BigInt(next));
    }
    this.#tail = this.#readTail();
  }

  /**
   * Stores, in one transaction, the entries whose offset lies beyond what the file has of their partition.
   * @param entries  of each partition in order of offset, all of this day
   * @param beforeCommit  the transaction fails if it throws
   * @returns how many were stored
   */
  async append(entries: readonly IndexedEntry[], beforeCommit: () => void): Promise<number> {
    const fresh = entries.filter(({ partition, offset }) => offset >= (this.#nextOffsets.get(partition) ?? 0n));
    if (fresh.length === 0) return 0;
    const firstRow = this.#tail.firstRow + this.#tail.rests.length;
    const packed: PackedBlock[] = [];
    for (const block of await this.#fill(fresh)) {
      packed.push(pack(block));
      await yieldToOthers();
    }
    for (const { partition, offset } of fresh) this.#nextOffsets.set(partition, offset + 1n);
    await this.#file.transactionInSteps(this.#steps(fresh, firstRow, packed, beforeCommit));
    return fresh.length;
  }

  /** Adds entries to the tail and to new blocks after it. @returns the blocks that changed */
  async #fill(entries: readonly IndexedEntry[]): Promise<OpenBlock[]> {
    const changed = new Set<OpenBlock>();
    for (const [at, entry] of entries.entries()) {
      if (this.#tail.chars >= blockCharsMax) this.#tail = blockAfter(this.#tail);
      addToBlock(this.#tail, entry);
      changed.add(this.#tail);
      if (at % entriesAtOnce === entriesAtOnce - 1) await yieldToOthers();
    }
    return [...changed];
  }

  /** The blocks come last, at once with the commit: until then nobody looks at the rows that the index has. */
  *#steps(
    entries: readonly IndexedEntry[],
    firstRow: number,
    blocks: readonly PackedBlock[],
    beforeCommit: () => void,
  ) {
    for (const [at, { entry }] of entries.entries()) {
      const text = indexTextOf(entry, this.#facets.add(entry));
      this.#file.run("insert into tokens (rowid, text) values (?, ?)", firstRow + at, text);
      if (at % entriesAtOnce === entriesAtOnce - 1) yield;
    }
    this.#facets.save(this.#file);
    yield;
    for (const { head, columns, entries: packed } of blocks) {
      const { id, firstRow: first, rows, minMs, maxMs } = head;
      const sql = "insert or replace into blocks values (?, ?, ?, ?, ?, ?, ?)";
      this.#file.run(sql, id, first, rows, minMs, maxMs, columns, packed);
    }
    for (const partition of new Set(entries.map((entry) => entry.partition))) {
      const next = String(this.#nextOffsets.get(partition));
      this.#file.run("insert or replace into partitions values (?, ?)", partition, next);
    }
    beforeCommit();
  }

  #readTail(): OpenBlock {
    const sql = "select id, first_row, entries from blocks order by id desc limit 1";
    const [last] = this.#file.rows<[number, number, Uint8Array]>(sql);
    if (last === undefined) return emptyBlock(1, 1);
    const [id, firstRow, packed] = last;
    const block = emptyBlock(id, firstRow);
    const entries = new BlockEntries(packed);
    for (let row = 0; row < entries.rows; row++) addToBlock(block, entries.entry(row));
    return block;
  }
}

function emptyBlock(id: number, firstRow: number): OpenBlock {
  return { id, firstRow, bodies: [], rests: [], chars: 0, times: [], severities: [] };
}

function blockAfter({ id, firstRow, rests }: OpenBlock): OpenBlock {
  return emptyBlock(id + 1, firstRow + rests.length);
}

function pack(block: OpenBlock): PackedBlock {
  const head = headOf(block);
  return { head, columns: packColumns(block, head), entries: packEntries(block) };
}
