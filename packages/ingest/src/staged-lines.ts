const chunkBytes = 1_048_576;
const newline = 10;
/** More than any prefix with numbers takes. */
const prefixBytesMax = 80;

/** Lines of JSON for DuckDB to read: envelopes, each with the place in the log that it came from. */
export class StagedLines {
  /** Kept by `clear`, to be filled again. */
  readonly #chunks: Buffer[] = [];
  /** Bytes filled of the chunks before the one being filled. */
  readonly #filled: number[] = [];
  #chunk: Buffer | undefined;
  #at = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param envelope  a JSON object as UTF-8; copied */
  add(partition: number, offset: bigint, envelope: Buffer): void {
    const chunk = this.#room(prefixBytesMax + envelope.length);
    let at = this.#at;
    at += chunk.write(`{"log_partition":${partition},"log_offset":${offset},`, at, "latin1");
    // What follows the object's opening brace.
    at += envelope.copy(chunk, at, 1);
    chunk[at] = newline;
    this.#at = at + 1;
    this.#count += 1;
  }

  /** The lines, in order; valid until `clear`. */
  parts(): readonly Buffer[] {
    const filled = this.#chunk === undefined ? this.#filled : [...this.#filled, this.#at];
    return filled.map((bytes, index) => this.#chunks[index]!.subarray(0, bytes));
  }

  clear(): void {
    this.#filled.length = 0;
    this.#chunk = undefined;
    this.#at = 0;
    this.#count = 0;
  }

  #room(bytes: number): Buffer {
    if (this.#chunk !== undefined && this.#at + bytes <= this.#chunk.length) return this.#chunk;
    if (this.#chunk !== undefined) this.#filled.push(this.#at);
    const index = this.#filled.length;
    let chunk = this.#chunks[index];
    if (chunk === undefined || chunk.length < bytes) {
      chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes));
      this.#chunks[index] = chunk;
    }
    this.#chunk = chunk;
    this.#at = 0;
    return chunk;
  }
}

/** The single lines in staged parts. */
export function stagedLinesIn(parts: readonly Uint8Array[]): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (const part of parts) {
    for (let start = 0; start < part.length;) {
      const end = part.indexOf(newline, start) + 1;
      lines.push(part.subarray(start, end));
      start = end;
    }
  }
  return lines;
}
