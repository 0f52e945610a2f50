const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const quote = 34;
const comma = 44;

/**
 * Looks over the bytes of a click log: how many lines it has that are not blank, and whether they are plain, which is
 * what DuckDB can be trusted to split as `splitRow` does: no quotes, no control characters, no spaces around a cell,
 * one kind of line end. Independent of all that reads the rows, so that their count can be held against it.
 */
export class LineCounter {
  readonly #delimiter: number;
  #lines = 0;
  #hasContent = false;
  #isPlain = true;
  #last = lineFeed;
  #feeds = 0;
  #returns = 0;
  #pairs = 0;

  constructor(delimiter: "," | "\t") {
    this.#delimiter = delimiter === "," ? comma : tab;
  }

  push(bytes: Uint8Array): void {
    let last = this.#last;
    // By index: iterating takes several times as long.
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index]!;
      // Nearly all of them.
      if (byte > comma) this.#hasContent = true;
      else this.#pushRare(byte, last);
      last = byte;
    }
    this.#last = last;
  }

  #pushRare(byte: number, last: number): void {
    if (byte === lineFeed || byte === carriageReturn) {
      this.#endLine(byte, last);
      return;
    }
    if (byte === this.#delimiter) {
      this.#hasContent ||= byte === comma;
      if (last === space) this.#isPlain = false;
      return;
    }
    if (byte === space) {
      if (last === lineFeed || last === this.#delimiter) this.#isPlain = false;
      return;
    }
    if (byte < space || byte === quote) this.#isPlain = false;
    if (byte !== tab) this.#hasContent = true;
  }

  #endLine(byte: number, last: number): void {
    if (this.#hasContent) this.#lines += 1;
    this.#hasContent = false;
    if (last === space) this.#isPlain = false;
    if (byte === carriageReturn) this.#returns += 1;
    else {
      this.#feeds += 1;
      if (last === carriageReturn) this.#pairs += 1;
    }
  }

  /** Lines that hold more than spaces and tabs, the last one too if it has no end. */
  get lines(): number {
    return this.#lines + (this.#hasContent ? 1 : 0);
  }

  get isPlain(): boolean {
    const isOneLineEnd = this.#returns === 0 || (this.#returns === this.#pairs && this.#pairs === this.#feeds);
    return this.#isPlain && isOneLineEnd && this.#last !== space;
  }
}
