import type { SimilarityModel } from "../similarity-model.ts";
import type { ItemFilter } from "./catalogue-view.ts";
import type { FilterVerdicts } from "./filter-verdicts.ts";
import type { ItemNumbers } from "./item-numbers.ts";
import type { Boost, GroupCap, RankingRules } from "./ranking-rules.ts";
import type { ShownItems } from "./shown-items.ts";
import type { ItemKey } from "./visitor-history.ts";

/** The rules of one request, asked of every item that would enter its answer. */
export class ItemGate {
  readonly numbers: ItemNumbers | undefined;
  readonly boosts: readonly Boost[];
  readonly #filter: ItemFilter | undefined;
  readonly #verdicts: FilterVerdicts | undefined;
  readonly #denied: ReadonlySet<ItemKey> | undefined;
  readonly #shown: ShownItems | undefined;
  readonly #itemIds: readonly string[] | undefined;
  readonly #caps: readonly GroupCap[];
  /** Of each cap, group → items that are in. */
  readonly #counts: readonly Map<number, number>[];
  /** Items without a verdict. */
  readonly #turnedAway = new Set<ItemKey>();
  /** A pool that is chosen from later is not capped; the answer is. */
  capsHold = true;

  constructor(rules: RankingRules, model: SimilarityModel | undefined) {
    const { numbers, boosts = [], filter, denied, shown, caps = [] } = rules;
    this.numbers = numbers;
    this.boosts = numbers ? boosts : [];
    this.#filter = filter;
    this.#verdicts = filter && numbers?.verdictsOf(filter);
    this.#denied = denied?.keysOf(model);
    this.#shown = shown;
    this.#itemIds = model?.itemIds;
    this.#caps = numbers ? caps : [];
    this.#counts = this.#caps.map(() => new Map());
  }

  isShut(key: ItemKey): boolean {
    if (this.#filter !== undefined && this.#turnsAway(key, this.#filter)) return true;
    if (this.#denied?.has(key) === true) return true;
    if (this.#shown?.has(typeof key === "number" ? this.#itemIds![key]! : key) === true) return true;
    return this.capsHold && this.#caps.length > 0 && this.#isCapped(key);
  }

  /** Distinct items that a source offered and the filter turned away. */
  get filtered(): number {
    return this.#turnedAway.size + (this.#verdicts?.turnedAway ?? 0);
  }

  /** The next rank of an order whose item the filter does not turn away; `end` where there is none. */
  nextAllowed(order: ArrayLike<ItemKey>, from: number, end: number): number {
    const verdicts = this.#verdicts;
    if (verdicts === undefined) return from;
    for (let rank = from; rank < end; rank++) {
      const key = order[rank]!;
      if (typeof key === "string" || verdicts.allows(key)) return rank;
    }
    return end;
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
    if (typeof key === "number" && this.#verdicts !== undefined) return !this.#verdicts.allows(key);
    if (filter.allows(this.numbers?.of(key) ?? -1)) return false;
    this.#turnedAway.add(key);
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
