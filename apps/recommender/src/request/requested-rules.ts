import type { Filter } from "@footfall/catalogue";
import type { ShownItems } from "@footfall/similarity/serving";

/** A filter as it was asked. Pages ask the same over and over, and reading it takes as long as half of the ranking. */
export interface RequestedFilter {
  /** Equal for equal filters only. */
  readonly key: string;
  /** @throws AppError REQUEST_INVALID */
  readonly read: () => Filter;
}

/** What a request asks of items beyond a limit; a placement has defaults of the same. */
export interface RequestedRules {
  /** Both the request's and the placement's must hold. */
  filter?: RequestedFilter;
  excludeSeen?: boolean;
  excludePurchased?: boolean;
  /** Most items of one category in an answer. */
  perCategory?: number;
  perBrand?: number;
  /** λ of maximal marginal relevance: 1 relevance alone, 0 difference alone. */
  diversity?: number;
  /** Least score of what the model brings, 0 … 1. */
  minScore?: number;
  /** Fields of the catalogue that the answer shows. */
  fields?: readonly string[];
  /** What the pages before this one have shown. */
  shown?: ShownItems;
}

export const requestBounds = {
  perGroupMax: 100,
  /** Fields that an answer shows. */
  fieldsMax: 32,
  /** Bytes of the body of a POST request. */
  bodyBytesMax: 65_536,
  /** Requests of one body. */
  batchMax: 50,
} as const;
