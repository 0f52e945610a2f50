import type { Filter } from "@footfall/catalogue";
import type { DeniedItems, EventWeights, Pin, RankingRules } from "@footfall/similarity/serving";
import type { RequestedRules } from "../request/requested-rules.ts";

/** Defaults of the requests that name a placement, and what the shop alone decides there. */
export interface Placement extends Omit<RequestedRules, "filter"> {
  /** Tells it from every other placement of every shop. */
  readonly id: string;
  readonly limit?: number;
  readonly filter?: { readonly filter: Filter; readonly key: string };
  readonly pins?: readonly Pin[];
  readonly boosts?: readonly { readonly filter: Filter; readonly factor: number }[];
  /** Sources that are asked, in their order. */
  readonly sources?: NonNullable<RankingRules["sources"]>;
  /** Of the model's blend, 0 … 1. */
  readonly sessionsShare?: number;
  readonly eventWeights?: EventWeights;
  /** The shop's list and the placement's own. */
  readonly denied?: DeniedItems;
}

/** The placements of one shop. */
export interface ShopPlacements {
  readonly byName: ReadonlyMap<string, Placement>;
  /** For every placement that the file does not name; undefined where the shop denies nothing. */
  readonly other: Placement | undefined;
}
