import type { SimilarityModel } from "../similarity-model.ts";
import type { ItemNumbers } from "./item-numbers.ts";
import type { Boost, GroupCap, ItemFilter, RankingRules } from "./ranking-rules.ts";
import type { ItemKey } from "./visitor-history.ts";

/** The rules of one request, asked of every item that would enter its answer. */
export class ItemGate {
  readonly numbers: ItemNumbers | undefined;
  readonly boosts: readonly Boost[];
  readonly #filter: ItemFilter | undefined;
  readonly #denied: ReadonlySet<ItemKey> | undefined;
  readonly #caps: readonly GroupCap[];
  /** Of each cap, group → items that are in. */
  readonly #counts: readonly Map<number, number>[];
  /** Items without an index in the model. */
  readonly #turnedAway = new Set<string>();
  /** Distinct items that a source offered and the filter turned away. */
  filtered = 0;
  /** A pool that is chosen from later is not capped; the answer is. */
  capsHold = true;

  constructor({ numbers, boosts = [], filter, denied, caps = [] }: RankingRules, model: SimilarityModel | undefined) {
    this.numbers = numbers;
    this.boosts = numbers ? boosts : [];
    this.#filter = filter;
    this.#denied = denied?.keysOf(model);
    this.#caps = numbers ? caps : [];
    this.#counts = this.#caps.map(() => new Map());
    numbers?.beginRequest();
  }

  isShut(key: ItemKey): boolean {
    if (this.#denied?.has(key) === true) return true;
    if (this.#filter !== undefined && this.#turnsAway(key, this.#filter)) return true;
    return this.capsHold && this.#caps.length > 0 && this.#isCapped(key);
  }

  /** Counts an item that is in the answer now. */
  enter(key: ItemKey): void {
    if (!this.capsHold) return;
    this.#caps.forEach(({ groupOf }, at) => {
      const group = groupOf(this.numbers!.of(key));
      this.#counts[at]!.set(group, (this.#counts[at]!.get(group) ?? 0) + 1);
    });
  }

  /** @returns what the score is multiplied by */
  boostOf(key: ItemKey): number {
    const number = this.numbers!.of(key);
    let factor = 1;
    if (number >= 0) for (const boost of this.boosts) if (boost.matches(number)) factor *= boost.factor;
    return factor;
  }

  #turnsAway(key: ItemKey, filter: ItemFilter): boolean {
    const { numbers } = this;
    if (typeof key === "number" && numbers?.isTurnedAway(key) === true) return true;
    if (filter.allows(numbers?.of(key) ?? -1)) return false;
    if (typeof key === "number") {
      numbers?.turnAway(key);
      this.filtered += 1;
    } else if (!this.#turnedAway.has(key)) {
      this.#turnedAway.add(key);
      this.filtered += 1;
    }
    return true;
  }

  #isCapped(key: ItemKey): boolean {
    const number = this.numbers!.of(key);
    if (number < 0) return false;
    for (let at = 0; at < this.#caps.length; at++) {
      const { max, groupOf } = this.#caps[at]!;
      const group = groupOf(number);
      if (group >= 0 && (this.#counts[at]!.get(group) ?? 0) >= max) return true;
    }
    return false;
  }
}
