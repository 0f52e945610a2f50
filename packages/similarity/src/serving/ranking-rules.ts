import type { ItemFilter } from "./catalogue-view.ts";
import type { DeniedItems } from "./denied-items.ts";
import type { ItemNumbers } from "./item-numbers.ts";
import type { ShownItems } from "./shown-items.ts";

/** What a request and its placement ask beyond a limit. All of it is optional; what is absent costs nothing. */
export interface RankingRules {
  /** Numbers that `filter`, `caps`, `boosts` and `diversity` speak in. Absent where the shop has no catalogue. */
  readonly numbers?: ItemNumbers;
  readonly filter?: ItemFilter;
  /** The shop's list of items that are never shown. */
  readonly denied?: DeniedItems;
  /** What earlier pages have shown, where pages are asked for: it does not come again. */
  readonly shown?: ShownItems;
  /** Whether items in the visitor's history stay out, instead of coming last. */
  readonly excludeSeen?: boolean;
  /** Whether anything ever bought, as far as the history reaches, stays out. */
  readonly excludePurchased?: boolean;
  readonly caps?: readonly GroupCap[];
  /** Items that the shop wants at a position, if nothing forbids them. */
  readonly pins?: readonly Pin[];
  readonly boosts?: readonly Boost[];
  readonly diversity?: Diversity;
  /** Least score of what the model's sources bring, 0 … 1 of what the best item could have. */
  readonly minScore?: number;
  /** Sources that are asked, in their order. Default: all. */
  readonly sources?: readonly AskedSource[];
  /** Weight of sessions in the model's blend, 0 … 1; the rest is the neighbours'. Default: as the model was tuned. */
  readonly sessionsShare?: number;
  /** How much the visitor's interactions say. Default: `interactionWeights`. */
  readonly eventWeights?: EventWeights;
}

/** In the order in which they are asked unless a placement says otherwise. */
export const askedSources = ["session", "item", "user", "trending", "popular"] as const;
export type AskedSource = (typeof askedSources)[number];

/** ≥ 0; 0 passes an interaction over. */
export interface EventWeights {
  readonly view: number;
  /** Into the cart, or on to the checkout. */
  readonly cart: number;
  readonly purchase: number;
}

/** At most `max` items of one group in an answer. */
export interface GroupCap {
  readonly max: number;
  /** @returns -1 for an item of no group: it is not capped */
  readonly groupOf: (number: number) => number;
}

export interface Pin {
  readonly itemId: string;
  /** From 1. */
  readonly position: number;
}

/** Multiplies the scores of matching items by a factor > 0, within their source. */
export interface Boost {
  readonly matches: (number: number) => boolean;
  readonly factor: number;
}

export interface Diversity {
  /** 1 ranks by relevance alone, 0 by difference alone. */
  readonly lambda: number;
  /** Two items that share all groups are alike by 1, those that share none by what the model says. */
  readonly groupsOf: readonly ((number: number) => number)[];
}
