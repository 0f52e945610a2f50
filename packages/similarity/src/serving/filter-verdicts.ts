import type { ItemFilter, NumberedItems } from "./catalogue-view.ts";
import type { ItemKey } from "./visitor-history.ts";

const unknown = 0;
const passes = 1;

/** The items of a model by index, and their numbers in a catalogue. */
interface ModelItems {
  readonly size: number;
  readonly catalogue: NumberedItems;
  of(index: number): number;
  keyOf(itemId: string): ItemKey;
}

/**
 * What a filter says of the items of a model, asked once and remembered until the item changes: a request with a narrow
 * filter asks of thousands. Four bytes an item of the model, since each number read costs more than all that is done
 * with it.
 */
export class FilterVerdicts {
  readonly #filter: ItemFilter;
  readonly #items: ModelItems;
  /** Model index → `unknown`, `passes`, or the request that turned the item away last. */
  readonly #marks: Int32Array;
  #request = passes + 1;
  #changes: number;
  #numbering: number;
  /** Distinct items turned away in this request. */
  turnedAway = 0;

  constructor(filter: ItemFilter, items: ModelItems) {
    this.#filter = filter;
    this.#items = items;
    this.#marks = new Int32Array(items.size);
    this.#changes = items.catalogue.changes;
    this.#numbering = items.catalogue.numbering;
  }

  /** Forgets what has changed since the request before. */
  beginRequest(): void {
    this.turnedAway = 0;
    this.#request += 1;
    const { catalogue } = this.#items;
    const { changes, numbering } = catalogue;
    const isSame = numbering === this.#numbering && this.#request < 0x7fffffff;
    const changed = isSame ? catalogue.changedSince(this.#changes) : undefined;
    if (changed === undefined || changed.length > this.#marks.length) {
      this.#marks.fill(unknown);
      this.#request = passes + 1;
    } else for (const number of changed) this.#forget(this.#items.keyOf(catalogue.idOf(number)));
    this.#changes = changes;
    this.#numbering = numbering;
  }

  allows(index: number): boolean {
    const mark = this.#marks[index]!;
    if (mark === passes) return true;
    if (mark === this.#request) return false;
    if (mark === unknown && this.#filter.allows(this.#items.of(index))) {
      this.#marks[index] = passes;
      return true;
    }
    this.#marks[index] = this.#request;
    this.turnedAway += 1;
    return false;
  }

  #forget(key: ItemKey): void {
    if (typeof key === "number") this.#marks[key] = unknown;
  }
}
