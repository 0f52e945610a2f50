import { CarriedSamples } from "./carried-samples.ts";
import { windowAt } from "./time-window.ts";
import { WindowFold } from "./window-fold.ts";
import type { Observed } from "./window-event.ts";
import type { Measure } from "./measures/measure.ts";
import { carrySpanMs, type TimedEvent, type WindowRow, type WindowTable } from "./window-table.ts";

interface TumblingWindowsOptions {
  /** Windows that end at or before it are closed already. -Infinity: none. */
  readonly watermarkMs: number;
  /**
   * Rows held at most; beyond it the oldest windows close early, and what comes later for them is late. As many samples
   * are carried.
   */
  readonly openAggregatesMax: number;
}

/** The type of the open windows of a declared table. */
export type WindowsOf<Table> =
  Table extends WindowTable<infer Event, infer Row, infer Key, infer Measures>
    ? TumblingWindows<Event, Row, Key, Measures>
    : never;

/** The open windows of a table in memory. `windowRowsSql` makes the same rows in SQL. */
export class TumblingWindows<
  Event extends TimedEvent,
  Row,
  Key extends string,
  Measures extends Record<string, Measure<Event, Row>>,
> {
  readonly #table: WindowTable<Event, Row, Key, Measures>;
  readonly #openAggregatesMax: number;
  readonly #carrySpanMs: number;
  readonly #carried: CarriedSamples;
  /** By window start. */
  readonly #windows = new Map<number, WindowFold<Event, Row>>();
  #watermarkMs: number;
  #openAggregates = 0;

  constructor(table: WindowTable<Event, Row, Key, Measures>, options: TumblingWindowsOptions) {
    this.#table = table;
    this.#carrySpanMs = carrySpanMs(table);
    this.#carried = new CarriedSamples(options.openAggregatesMax);
    this.#openAggregatesMax = options.openAggregatesMax;
    this.#watermarkMs = options.watermarkMs;
  }

  /** Windows that end at or before it have closed. */
  get watermarkMs(): number {
    return this.#watermarkMs;
  }

  get openWindows(): number {
    return this.#windows.size;
  }

  get openAggregates(): number {
    return this.#openAggregates;
  }

  /**
   * Counts the event in its window, unless that has closed. Events without rows belong to none. The open windows go on
   * from the samples of a late one; so after a restart, those of the last span before the watermark are observed again.
   */
  observe(event: Event): Observed {
    const { rows: source, windowSizeMs } = this.#table;
    const rows = source.of?.(event);
    if (source.of && (rows === undefined || rows.length === 0)) return "open";
    const { startMs, endMs } = windowAt(event.occurredAtMs, windowSizeMs);
    if (endMs <= this.#watermarkMs) {
      if (this.#carrySpanMs > 0) this.#add(new WindowFold(this.#table), event, rows).carry(this.#carried);
      return "late";
    }
    let window = this.#windows.get(startMs);
    if (!window) this.#windows.set(startMs, (window = new WindowFold(this.#table)));
    const before = window.size;
    this.#add(window, event, rows);
    this.#openAggregates += window.size - before;
    return "open";
  }

  #add(window: WindowFold<Event, Row>, event: Event, rows: readonly Row[] | undefined): WindowFold<Event, Row> {
    // Without rows the event is its own row.
    if (rows === undefined) window.add(event as unknown as Row, event, 0);
    else for (let index = 0; index < rows.length; index += 1) window.add(rows[index]!, event, index);
    return window;
  }

  /**
   * Closes the windows that end at or before the watermark and returns their rows, oldest window first.
   * More than `openAggregatesMax` open rows close the oldest windows early; `watermarkMs` then moves past them.
   */
  closeReady(watermarkMs: number): WindowRow<Key, Measures>[] {
    const { windowSizeMs } = this.#table;
    this.#watermarkMs = Math.max(this.#watermarkMs, watermarkMs);
    const rows: WindowRow<Key, Measures>[] = [];
    for (const startMs of [...this.#windows.keys()].sort((a, b) => a - b)) {
      const endMs = startMs + windowSizeMs;
      const isFull = this.#openAggregates > this.#openAggregatesMax;
      if (endMs > this.#watermarkMs && !isFull) break;
      const window = this.#windows.get(startMs)!;
      window.close({ startMs, endMs }, rows, this.#carried);
      this.#windows.delete(startMs);
      this.#openAggregates -= window.size;
      this.#watermarkMs = Math.max(this.#watermarkMs, endMs);
    }
    if (this.#carrySpanMs > 0) this.#carried.forgetBefore(this.#watermarkMs - this.#carrySpanMs - windowSizeMs);
    return rows;
  }
}
