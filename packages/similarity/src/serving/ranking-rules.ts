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
