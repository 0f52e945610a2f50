import { AllowedItems, Catalogue, type CatalogueOptions, compileFilter, type Filter } from "@footfall/catalogue";
import type { SimilarityModel } from "@footfall/similarity";
import { type ItemFilter, ItemNumbers } from "@footfall/similarity/serving";

/** Compiled filters kept; the one not asked for longest gives way. */
const filtersMax = 500;

/**
 * Of an item that the catalogue does not hold (it never came, or was deleted): `allow` lets it through where no filter
 * is asked, `forbid` never. A filter never does, whatever it asks.
 */
export type AbsentItems = "allow" | "forbid";

/** The catalogue of one shop, with the filters that pages ask of it over and over. */
export class TenantCatalogue {
  readonly catalogue: Catalogue;
  readonly absent: AbsentItems;
  readonly #filters = new Map<string, ItemFilter>();
  #numbers: ItemNumbers | undefined;

  constructor(absent: AbsentItems, options: CatalogueOptions = {}) {
    this.catalogue = new Catalogue(options);
    this.absent = absent;
  }

  numbersOf(model: SimilarityModel | undefined): ItemNumbers {
    if (this.#numbers === undefined || this.#numbers.model !== model) {
      this.#numbers = new ItemNumbers(model, this.catalogue);
    }
    return this.#numbers;
  }

  /**
   * @param key  equal for equal filters only
   * @param read  the filter, asked where it is not known yet
   */
  filterOf(key: string, read: () => Filter): ItemFilter {
    let filter = this.#filters.get(key);
    if (filter) this.#filters.delete(key);
    else {
      const allows = compileFilter(read(), this.catalogue);
      filter = { allows, allowed: new AllowedItems(this.catalogue, allows) };
    }
    this.#filters.set(key, filter);
    if (this.#filters.size > filtersMax) this.#filters.delete(this.#filters.keys().next().value!);
    return filter;
  }

  /** JSON of the fields of an item, by name; of one that the catalogue lacks, no field. */
  fieldsJson(itemId: string, fields: readonly string[]): string {
    const item = this.catalogue.find(itemId);
    if (item === undefined) return "{}";
    const shown: Record<string, unknown> = {};
    for (const field of fields) {
      const isAttribute = field.startsWith("attr.");
      const values = (isAttribute ? item.attributes : item) as Readonly<Record<string, unknown>>;
      const name = isAttribute ? field.slice("attr.".length) : field;
      if (Object.hasOwn(values, name)) shown[field] = values[name];
    }
    return JSON.stringify(shown);
  }

  /** That the catalogue holds the item, and nothing else. */
  get held(): ItemFilter {
    const key = "held";
    const known = this.#filters.get(key);
    if (known) return known;
    const allows = (number: number): boolean => this.catalogue.holds(number);
    const filter = { allows, allowed: new AllowedItems(this.catalogue, allows) };
    this.#filters.set(key, filter);
    return filter;
  }
}
