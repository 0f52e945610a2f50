import type { Filter } from "@footfall/catalogue";
import type { DeniedItems, Pin } from "@footfall/similarity/serving";
import type { RequestedRules } from "../request/requested-rules.ts";

/** Defaults of the requests that name a placement, and what the shop alone decides there. */
export interface Placement extends Omit<RequestedRules, "filter"> {
  /** Tells it from every other placement of every shop. */
  readonly id: string;
  readonly limit?: number;
  readonly filter?: { readonly filter: Filter; readonly key: string };
  readonly pins?: readonly Pin[];
  readonly boosts?: readonly { readonly filter: Filter; readonly factor: number }[];
  /** The shop's list and the placement's own. */
  readonly denied?: DeniedItems;
}

/** The placements of one shop. */
export interface ShopPlacements {
  readonly byName: ReadonlyMap<string, Placement>;
  /** For every placement that the file does not name; undefined where the shop denies nothing. */
  readonly other: Placement | undefined;
}
