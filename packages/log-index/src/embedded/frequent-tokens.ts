import { tokensOf } from "@footfall/service-logs";
import type { BlockEntries } from "./entry-block.ts";

/** Share of rows above which the index is slower to look a word up in than a check of what the rarer words find. */
const frequentShare = 0.2;
const sampledBlocks = 4;

/** The words that many rows of a segment have, by some of its blocks. */
export class FrequentTokens {
  #tokens: ReadonlySet<string> = new Set();
  #blocksAtSample = 0;

  /** A sample holds until the segment is twice as large. */
  isUpToDate(blocks: number): boolean {
    return this.#blocksAtSample > 0 && blocks < 2 * this.#blocksAtSample;
  }

  /** @param entriesOf  the entries of a block by its id, from 1 to `blocks` */
  sample(blocks: number, entriesOf: (id: number) => BlockEntries): void {
    const rowsOf = new Map<string, number>();
    let rows = 0;
    const ids = Array.from({ length: sampledBlocks }, (_, at) => 1 + Math.floor((at * blocks) / sampledBlocks));
    for (const id of blocks === 0 ? [] : new Set(ids)) {
      const entries = entriesOf(id);
      rows += entries.rows;
      for (let row = 0; row < entries.rows; row += 1) {
        for (const token of new Set(tokensOf(entries.body(row)))) rowsOf.set(token, (rowsOf.get(token) ?? 0) + 1);
      }
    }
    this.#tokens = new Set([...rowsOf].filter(([, count]) => count > frequentShare * rows).map(([token]) => token));
    this.#blocksAtSample = blocks;
  }

  has(token: string): boolean {
    return this.#tokens.has(token);
  }
}
