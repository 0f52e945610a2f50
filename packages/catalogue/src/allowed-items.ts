import type { Catalogue } from "./catalogue.ts";
import type { CompiledFilter } from "./compile-filter.ts";

/** Items remembered of a filter. */
const rememberedMax = 1_024;

/**
 * The items that a filter lets through, without looking at all of the catalogue for each request: the first ones are
 * remembered, and what changes since is looked at again. Whoever takes an item asks the filter once more.
 */
export class AllowedItems {
  readonly #catalogue: Catalogue;
  readonly #filter: CompiledFilter;
  #remembered = new Set<number>();
  /** Numbers from here on have been looked at. */
  #lookedAtFrom = 0;
  #changes = -1;

  constructor(catalogue: Catalogue, filter: CompiledFilter) {
    this.#catalogue = catalogue;
    this.#filter = filter;
  }

  /** Numbers of items that pass, newest first: the remembered ones. All of them where `isComplete`. */
  remembered(): readonly number[] {
    this.#refresh();
    return [...this.#remembered].filter(this.#filter);
  }

  get isComplete(): boolean {
    return this.#lookedAtFrom === 0;
  }

  /** The ones that are not remembered. */
  *others(): Iterable<number> {
    for (let number = this.#lookedAtFrom - 1; number >= 0; number--) if (this.#filter(number)) yield number;
  }

  #refresh(): void {
    const { changes } = this.#catalogue;
    if (changes === this.#changes) return;
    const changed = this.#changes < 0 ? undefined : this.#catalogue.changedSince(this.#changes);
    if (changed === undefined || changed.length > this.#catalogue.end) this.#look();
    else {
      for (const number of changed) {
        if (!this.#filter(number)) this.#remembered.delete(number);
        else if (number >= this.#lookedAtFrom) this.#remembered.add(number);
      }
      // Grown far past its bound, or used up while there are more to be found: begin anew.
      const { size } = this.#remembered;
      if (size > 2 * rememberedMax || (size < rememberedMax / 2 && !this.isComplete)) this.#look();
    }
    this.#changes = changes;
  }

  #look(): void {
    this.#remembered = new Set();
    let number = this.#catalogue.end;
    while (number > 0 && this.#remembered.size < rememberedMax) {
      number -= 1;
      if (this.#filter(number)) this.#remembered.add(number);
    }
    this.#lookedAtFrom = number;
  }
}
