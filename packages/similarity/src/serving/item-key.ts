import type { SimilarityModel } from "../similarity-model.ts";
import type { ItemKey, ItemTouch } from "./visitor-history.ts";

export function itemKeyOf(itemId: string, model: SimilarityModel | undefined): ItemKey {
  return model?.indexByItemId.get(itemId) ?? itemId;
}

/** The key of a touched item. The touch remembers it: the same visitor asks again on every page. */
export function touchKeyOf(touch: ItemTouch, model: SimilarityModel | undefined): ItemKey {
  if (model === undefined) return touch.itemId;
  if (touch.keyVersion !== model.version) {
    touch.key = itemKeyOf(touch.itemId, model);
    touch.keyVersion = model.version;
  }
  return touch.key;
}
