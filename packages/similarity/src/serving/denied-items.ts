import type { SimilarityModel } from "../similarity-model.ts";
import type { ItemKey } from "./visitor-history.ts";

/** A list of items as keys of the model that is served, made once a model. */
export class DeniedItems {
  readonly itemIds: readonly string[];
  #model: SimilarityModel | undefined;
  #keys: ReadonlySet<ItemKey>;

  constructor(itemIds: Iterable<string>) {
    this.itemIds = [...new Set(itemIds)];
    this.#keys = new Set(this.itemIds);
  }

  keysOf(model: SimilarityModel | undefined): ReadonlySet<ItemKey> {
    if (model !== this.#model) {
      this.#keys = new Set(this.itemIds.map((itemId) => model?.indexByItemId.get(itemId) ?? itemId));
      this.#model = model;
    }
    return this.#keys;
  }
}
