import type { CarriedSamples } from "./carried-samples.ts";
import type { MeasureFold } from "./measures/measure.ts";
import type { TimedEvent, WindowTable } from "./window-table.ts";
import type { TimeWindow } from "./time-window.ts";

type KeyOf<Event, Row> = (row: Row, event: Event, index: number) => string;

/** Numbers of groups by the last text of the way to them; before it levels of the next. */
type Level = Map<string, number | Level>;

/** The rows of one window of a table, while it is open. */
export class WindowFold<Event extends TimedEvent, Row> {
  readonly #keysOf: readonly KeyOf<Event, Row>[];
  readonly #groups: Level = new Map();
  /** By group. */
  readonly #tenants: string[] = [];
  /** Values of each key, by group. */
  readonly #keys: readonly string[][];
  readonly #measures: readonly MeasureFold<Event, Row>[];
  readonly #table: WindowTable<Event, Row>;

  constructor(table: WindowTable<Event, Row>) {
    this.#table = table;
    this.#keysOf = Object.values(table.keys).map(({ of }) => of);
    this.#keys = this.#keysOf.map(() => []);
    this.#measures = Object.values(table.measures).map(({ fold }) => fold());
  }

  /** Groups of tenant and keys, each a row to be. */
  get size(): number {
    return this.#tenants.length;
  }

  add(row: Row, event: Event, index: number): void {
    const group = this.#group(row, event, index);
    const measures = this.#measures;
    for (let i = 0; i < measures.length; i += 1) measures[i]!.add(group, row, event, index);
  }

  /** Appends the rows to `into`, going on from what is carried and carrying what the next windows go on from. */
  close({ startMs, endMs }: TimeWindow, into: object[], carried: CarriedSamples): void {
    const { keys, measures } = this.#table;
    const [keyNames, measureNames] = [Object.keys(keys), Object.keys(measures)];
    const blank: Record<string, unknown> = { startMs, endMs, tenant: "" };
    for (const name of [...keyNames, ...measureNames]) blank[name] = undefined;
    for (let group = 0; group < this.size; group += 1) {
      // A copy has its shape at once; adding one property after the other would change it each time.
      const row = { ...blank };
      row["tenant"] = this.#tenants[group];
      for (let i = 0; i < keyNames.length; i += 1) row[keyNames[i]!] = this.#keys[i]![group];
      for (let i = 0; i < measureNames.length; i += 1) row[measureNames[i]!] = this.#value(i, group, carried);
      into.push(row);
    }
    this.carry(carried);
  }

  /** Carries the newest samples of the rows. */
  carry(carried: CarriedSamples): void {
    for (const [i, measure] of this.#measures.entries()) {
      if (!measure.carried) continue;
      for (let group = 0; group < this.size; group += 1) {
        const sample = measure.carried(group);
        if (sample) carried.put(this.#series(i, group), sample);
      }
    }
  }

  #value(measure: number, group: number, carried: CarriedSamples): unknown {
    const fold = this.#measures[measure]!;
    return fold.value(group, fold.carried && carried.get(this.#series(measure, group)));
  }

  /** What is carried of a measure belongs to the tenant and the keys. */
  #series(measure: number, group: number): string {
    return JSON.stringify([measure, this.#tenants[group], ...this.#keys.map((values) => values[group])]);
  }

  #group(row: Row, event: Event, index: number): number {
    const keysOf = this.#keysOf;
    // From tenant to the first key: maps of known texts cost less than one whose keys are made of their parts.
    let level = this.#groups;
    let text = event.tenant;
    for (let i = keysOf.length - 1; i >= 0; i -= 1) {
      let next = level.get(text) as Level | undefined;
      if (!next) level.set(text, (next = new Map()));
      level = next;
      text = keysOf[i]!(row, event, index);
    }
    const known = level.get(text) as number | undefined;
    if (known !== undefined) return known;
    const group = this.#tenants.length;
    level.set(text, group);
    this.#tenants.push(event.tenant);
    for (let i = 0; i < keysOf.length; i += 1) this.#keys[i]!.push(keysOf[i]!(row, event, index));
    return group;
  }
}
