export { AllowedItems } from "./allowed-items.ts";
export {
  type AttributeValue,
  type CatalogueItem,
  type ItemMapping,
  itemFields,
  type ReadItem,
  readItem,
} from "./catalogue-item.ts";
export { Catalogue, type CatalogueChange, type CatalogueOptions, type CataloguePosition } from "./catalogue.ts";
export { type CompiledFilter, compileFilter } from "./compile-filter.ts";
export { type Filter, filterBounds, type FilterTerm, parseFilter, type ParsedFilter } from "./filter.ts";
export { isFilterParameter, parseFilterParameters } from "./filter-parameters.ts";
