import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { NumberedItems } from "../../src/serving/catalogue-view.ts";
import { ItemNumbers } from "../../src/serving/item-numbers.ts";
import { smallModel } from "./small-model.ts";

const itemIds = [..."abcdefgh"];
/** Fewer than the items, so that numbers pass from one item to another. */
const numbersMax = 5;
const journalMax = 6;

/** Of each item whether the filter lets it through. */
class SmallCatalogue implements NumberedItems {
  numbering = 0;
  changes = 0;
  readonly #ids: string[] = [];
  readonly #passes: boolean[] = [];
  readonly #journal: number[] = [];

  numberOf(itemId: string): number {
    return this.#ids.indexOf(itemId);
  }

  idOf(number: number): string {
    return this.#ids[number]!;
  }

  passes(number: number): boolean {
    return number >= 0 && this.#passes[number]!;
  }

  changedSince(changes: number): readonly number[] | undefined {
    return this.changes - changes > journalMax ? undefined : this.#journal.slice(changes);
  }

  set(itemId: string, isPassing: boolean): void {
    let number = this.numberOf(itemId);
    if (number < 0) {
      number = this.#ids.length < numbersMax ? this.#ids.length : this.changes % numbersMax;
      if (number < this.#ids.length) this.numbering += 1;
      this.#ids[number] = itemId;
    }
    this.#passes[number] = isPassing;
    this.#journal.push(number);
    this.changes += 1;
  }
}

const step = fc.oneof(
  fc.record({ set: fc.constantFrom(...itemIds), isPassing: fc.boolean() }),
  fc.record({ ask: fc.array(fc.nat(itemIds.length - 1), { maxLength: 12 }), of: fc.nat(1) }),
);

test("verdicts that are remembered are those that the filter gives, whatever changed between requests", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const catalogue = new SmallCatalogue();
      const numbers = new ItemNumbers(smallModel(Object.fromEntries(itemIds.map((id) => [id, []]))), catalogue);
      const allows = [(n: number) => catalogue.passes(n), (n: number) => n >= 0 && !catalogue.passes(n)];
      const filters = allows.map((each) => ({ allows: each }));
      for (const each of steps) {
        if ("set" in each) catalogue.set(each.set, each.isPassing);
        else {
          const verdicts = numbers.verdictsOf(filters[each.of]!);
          const passing = (index: number): boolean => allows[each.of]!(catalogue.numberOf(itemIds[index]!));
          for (const index of each.ask) expect(verdicts.allows(index)).toBe(passing(index));
          expect(verdicts.turnedAway).toBe(new Set(each.ask.filter((index) => !passing(index))).size);
        }
      }
    }),
  );
});
