import { type ColumnValue, recordKeyOf, type Row, unavailableValue } from "@footfall/changes";
import type { CapturedTable } from "../postgres/captured-table.ts";
import { keyOf } from "./bound-relation.ts";
import type { ChunkRows } from "./read-chunk.ts";

/**
 * Some rows of a table between two marks in the stream. What the stream says of a row in between wins over what was
 * read of it: wherever between the marks the read happened, the rows that are left are as they stand at the close mark.
 */
export class Chunk {
  readonly table: CapturedTable;
  readonly id: string;
  /** Undefined where nothing could be read. */
  readonly read: Promise<ChunkRows | undefined>;
  #rows = new Map<string, Row>();
  #isOpen = false;
  #isStale = false;

  constructor(id: string, table: CapturedTable, read: Promise<ChunkRows | undefined>) {
    this.id = id;
    this.table = table;
    this.read = read;
    // Whoever waits for it hears of it.
    read.catch(() => {});
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether it must be read again. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /**
   * At the open mark.
   * @param streamed  transactions that the stream had before the mark. One of them that the read did not see had been
   *   committed but not yet shown, as with a synchronous standby: its changes are in neither part.
   */
  open(rows: ChunkRows | undefined, streamed: ReadonlySet<number>): void {
    this.#isOpen = true;
    this.#isStale = rows === undefined || [...streamed].some((xid) => rows.unseen.has(xid));
    if (rows === undefined || this.#isStale) return;
    this.#rows = new Map(rows.rows.map((row) => [recordKeyOf(keyOf(rows.relation, row)), row]));
  }

  /** The stream has changed the row, or removed it (`after` undefined). */
  change(key: Row, after: Row | undefined): void {
    const text = recordKeyOf(key);
    const row = this.#rows.get(text);
    if (row === undefined) return;
    const isWhole = after === undefined || !Object.values(after).includes(unavailableValue);
    if (isWhole) this.#rows.delete(text);
    // The stream lacks what did not change; nobody has it but this chunk.
    else this.#rows.set(text, filled(after, row));
  }

  truncate(): void {
    this.#rows.clear();
  }

  /** Columns are others than those that were read. */
  changeSchema(): void {
    this.#isStale = true;
  }

  /** At the close mark: the rows that are left. */
  close(): readonly Row[] {
    this.#isOpen = false;
    return [...this.#rows.values()];
  }
}

function filled(after: Row, read: Row): Row {
  const fill = ([name, value]: [string, ColumnValue]): [string, ColumnValue] => [
    name,
    value === unavailableValue && name in read ? read[name]! : value,
  ];
  return Object.fromEntries(Object.entries(after).map(fill));
}
