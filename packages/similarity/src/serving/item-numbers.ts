import type { SimilarityModel } from "../similarity-model.ts";
import type { TrendingItem } from "./trending-items.ts";
import type { ItemKey } from "./visitor-history.ts";

/** As far as ranking reads a catalogue of items. */
export interface NumberedItems {
  /** -1 for an item that it does not know. */
  numberOf(itemId: string): number;
  idOf(number: number): string;
  /** Another one whenever a number passed to another item. */
  readonly numbering: number;
}

/**
 * Numbers in the catalogue of the items of a model, looked up by id once: ranking asks for some hundreds in every
 * request. One a model and catalogue; 12 bytes an item of the model.
 */
export class ItemNumbers {
  readonly model: SimilarityModel | undefined;
  readonly items: NumberedItems;
  /** Model index → number + 1; 0 where it is not known yet, or to the catalogue. */
  readonly #numbers: Int32Array;
  #numbering: number;
  /** Model index → the request that turned it away last. */
  readonly #turnedAway: Int32Array;
  #request = 0;
  #trending: readonly TrendingItem[] = [];
  #trendingKeys: readonly ItemKey[] = [];
  #ranks: Int32Array | undefined;

  constructor(model: SimilarityModel | undefined, items: NumberedItems) {
    this.model = model;
    this.items = items;
    this.#numbers = new Int32Array(model?.itemIds.length ?? 0);
    this.#turnedAway = new Int32Array(model?.itemIds.length ?? 0);
    this.#numbering = items.numbering;
  }

  of(key: ItemKey): number {
    if (typeof key === "string") return this.items.numberOf(key);
    const { numbering } = this.items;
    if (numbering !== this.#numbering) {
      this.#numbers.fill(0);
      this.#numbering = numbering;
    }
    const known = this.#numbers[key]!;
    if (known > 0) return known - 1;
    const number = this.items.numberOf(this.model!.itemIds[key]!);
    this.#numbers[key] = number + 1;
    return number;
  }

  keyOf(itemId: string): ItemKey {
    return this.model?.indexByItemId.get(itemId) ?? itemId;
  }

  /** Begins to remember what one request turns away. */
  beginRequest(): void {
    this.#request = this.#request === 0x7fffffff ? 1 : this.#request + 1;
    if (this.#request === 1) this.#turnedAway.fill(0);
  }

  isTurnedAway(index: number): boolean {
    return this.#turnedAway[index] === this.#request;
  }

  turnAway(index: number): void {
    this.#turnedAway[index] = this.#request;
  }

  /** Keys of a trending order, which stays the same for many requests. */
  trendingKeys(order: readonly TrendingItem[]): readonly ItemKey[] {
    if (order !== this.#trending) {
      this.#trendingKeys = order.map(({ itemId }) => this.keyOf(itemId));
      this.#trending = order;
    }
    return this.#trendingKeys;
  }

  /** Model index → place in the order of popularity; -1 for an item that has none. */
  get popularityRanks(): Int32Array {
    if (this.#ranks === undefined) {
      this.#ranks = new Int32Array(this.#numbers.length).fill(-1);
      this.model?.popularItems.forEach((index, rank) => (this.#ranks![index] = rank));
    }
    return this.#ranks;
  }
}
