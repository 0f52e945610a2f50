import type { SimilarityModel } from "../similarity-model.ts";
import type { ItemFilter, NumberedItems } from "./catalogue-view.ts";
import { FilterVerdicts } from "./filter-verdicts.ts";
import type { TrendingItem } from "./trending-items.ts";
import type { ItemKey } from "./visitor-history.ts";

/** Memory of remembered verdicts, of all filters together; the one not asked for longest gives way. */
const verdictBytesMax = 64 * 2 ** 20;

/**
 * Numbers in the catalogue of the items of a model, looked up by id once: ranking asks for some hundreds in every
 * request. One a model and catalogue; 8 bytes an item of the model.
 */
export class ItemNumbers {
  readonly model: SimilarityModel | undefined;
  readonly catalogue: NumberedItems;
  /** Model index → number + 1; 0 where it is not known yet, or to the catalogue. */
  readonly #numbers: Int32Array;
  #numbering: number;
  #trending: readonly TrendingItem[] = [];
  #trendingKeys: readonly ItemKey[] = [];
  #ranks: Int32Array | undefined;
  readonly #verdicts = new Map<ItemFilter, FilterVerdicts>();

  constructor(model: SimilarityModel | undefined, catalogue: NumberedItems) {
    this.model = model;
    this.catalogue = catalogue;
    this.#numbers = new Int32Array(model?.itemIds.length ?? 0);
    this.#numbering = catalogue.numbering;
  }

  /** Items of the model. */
  get size(): number {
    return this.#numbers.length;
  }

  of(key: ItemKey): number {
    if (typeof key === "string") return this.catalogue.numberOf(key);
    const { numbering } = this.catalogue;
    if (numbering !== this.#numbering) {
      this.#numbers.fill(0);
      this.#numbering = numbering;
    }
    const known = this.#numbers[key]!;
    if (known > 0) return known - 1;
    const number = this.catalogue.numberOf(this.model!.itemIds[key]!);
    this.#numbers[key] = number + 1;
    return number;
  }

  /** What a filter says of items of the model, as the catalogue is now: for one request. */
  verdictsOf(filter: ItemFilter): FilterVerdicts {
    const known = this.#verdicts.get(filter);
    if (known) this.#verdicts.delete(filter);
    const verdicts = known ?? new FilterVerdicts(filter, this);
    this.#verdicts.set(filter, verdicts);
    if (this.#verdicts.size > Math.max(1, verdictBytesMax / (4 * this.size))) {
      this.#verdicts.delete(this.#verdicts.keys().next().value!);
    }
    verdicts.beginRequest();
    return verdicts;
  }

  keyOf(itemId: string): ItemKey {
    return this.model?.indexByItemId.get(itemId) ?? itemId;
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
