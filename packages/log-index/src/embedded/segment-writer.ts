import type { IndexedEntry } from "../log-index.ts";
import {
  addToBlock,
  blockCharsMax,
  type BlockHead,
  headOf,
  type OpenBlock,
  packColumns,
  packLines,
  readLine,
  unpackLines,
} from "./entry-block.ts";
import { Facets } from "./facets.ts";
import { indexTextOf } from "./index-tokens.ts";
import type { SqliteFile } from "./sqlite-file.ts";

interface PackedBlock {
  readonly head: BlockHead;
  readonly columns: Uint8Array;
  readonly lines: Uint8Array;
}

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
    const firstRow = this.#tail.firstRow + this.#tail.lines.length;
    const blocks = this.#fill(fresh);
    const packed = await Promise.all(blocks.map(pack));
    for (const { partition, offset } of fresh) this.#nextOffsets.set(partition, offset + 1n);
    this.#file.transaction(() => {
      this.#index(fresh, firstRow);
      for (const { head, columns, lines } of packed) {
        const { id, firstRow: first, rows, minMs, maxMs } = head;
        const sql = "insert or replace into blocks values (?, ?, ?, ?, ?, ?, ?)";
        this.#file.run(sql, id, first, rows, minMs, maxMs, columns, lines);
      }
      for (const partition of new Set(fresh.map((entry) => entry.partition))) {
        const next = String(this.#nextOffsets.get(partition));
        this.#file.run("insert or replace into partitions values (?, ?)", partition, next);
      }
      this.#facets.save(this.#file);
      beforeCommit();
    });
    return fresh.length;
  }

  /** Adds entries to the tail and to new blocks after it. @returns the blocks that changed */
  #fill(entries: readonly IndexedEntry[]): OpenBlock[] {
    const changed = new Set<OpenBlock>();
    for (const entry of entries) {
      if (this.#tail.chars >= blockCharsMax) this.#tail = blockAfter(this.#tail);
      addToBlock(this.#tail, entry);
      changed.add(this.#tail);
    }
    return [...changed];
  }

  #index(entries: readonly IndexedEntry[], firstRow: number): void {
    let row = firstRow;
    for (const { entry } of entries) {
      const { ids, crowded } = this.#facets.add(entry);
      this.#file.run("insert into tokens (rowid, text) values (?, ?)", row++, indexTextOf(entry, ids, crowded));
    }
  }

  #readTail(): OpenBlock {
    const sql = "select id, first_row, lines from blocks order by id desc limit 1";
    const [last] = this.#file.rows<[number, number, Uint8Array]>(sql);
    if (last === undefined) return emptyBlock(1, 1);
    const [id, firstRow, packed] = last;
    const block = emptyBlock(id, firstRow);
    for (const line of unpackLines(packed)) addToBlock(block, readLine(line));
    return block;
  }
}

function emptyBlock(id: number, firstRow: number): OpenBlock {
  return { id, firstRow, lines: [], chars: 0, times: [], severities: [] };
}

function blockAfter({ id, firstRow, lines }: OpenBlock): OpenBlock {
  return emptyBlock(id + 1, firstRow + lines.length);
}

async function pack(block: OpenBlock): Promise<PackedBlock> {
  const head = headOf(block);
  return { head, columns: packColumns(block, head), lines: await packLines(block) };
}
