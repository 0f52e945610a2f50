import { interactionWeights } from "../item-sessions.ts";
import type { ExplainingRecommender, SessionQuery } from "../models/recommender.ts";
import { itemKeyOf, touchKeyOf } from "./item-key.ts";
import type { EventWeights, RankingRules } from "./ranking-rules.ts";
import type { ServedModel } from "./served-model.ts";
import type { ItemTouch } from "./visitor-history.ts";

/** The sources that ask the model. */
export type NeighborSource = "session" | "item" | "user";

/** Newest items that are asked with. */
const sessionItemsMax = 6;
const profileItemsMax = 10;

/** What a visitor has touched, ascending by time within each of the two: the profile, and the running session. */
export interface KnownVisitor {
  readonly touches: readonly ItemTouch[];
  /** Place of the first touch of the running session. */
  readonly sessionStart: number;
}

/** Who asks, and from where. */
export interface Asker {
  readonly visitor: KnownVisitor | undefined;
  readonly visitorId: string | undefined;
  /** The item on the page. */
  readonly itemId: string | undefined;
  readonly nowMs: number;
  readonly rules: Pick<RankingRules, "sessionsShare" | "eventWeights"> | undefined;
}

/** What one request asks of the model, by source; made when it is first needed. */
export class NeighborQueries {
  readonly #served: ServedModel;
  readonly #asker: Asker;
  readonly #known: Partial<Record<NeighborSource, SessionQuery>> = {};

  constructor(served: ServedModel, asker: Asker) {
    this.#served = served;
    this.#asker = asker;
  }

  /** Who answers a source's query. */
  recommender(source: NeighborSource): ExplainingRecommender {
    return source === "user" ? this.#served.profile : this.#served.session(this.#asker.rules?.sessionsShare);
  }

  /** Without items where the source has nothing to ask with. */
  of(source: NeighborSource): SessionQuery {
    return (this.#known[source] ??= this.#make(source));
  }

  #make(source: NeighborSource): SessionQuery {
    const { visitor, itemId } = this.#asker;
    const { sessionStart = 0 } = visitor ?? {};
    if (source === "item") return this.#query([]);
    if (source === "user") return this.#touches(0, sessionStart, profileItemsMax);
    const end = visitor?.touches.length ?? 0;
    if (itemId === undefined) return this.#touches(sessionStart, end, sessionItemsMax);
    // The item on the page takes the place of the newest click.
    const before = this.#touches(sessionStart, end, sessionItemsMax - 1, itemId);
    return before.items.length === 0 ? before : this.#query(before.items, before.weights);
  }

  /** With the item on the page as the newest one. It weighs at least as much as any other. */
  #query(items: ArrayLike<number>, weights: ArrayLike<number> = []): SessionQuery {
    const { itemId } = this.#asker;
    const served = this.#served;
    const current = itemId === undefined ? undefined : served.itemOf(itemKeyOf(itemId, served.model));
    if (current === undefined) return this.#asked(items, weights);
    const heaviest = Array.from(weights).reduce(
      (most, weight, at) => Math.max(most, weight * Math.exp(at - weights.length)),
      1,
    );
    return this.#asked([...Array.from(items), current], [...Array.from(weights), heaviest]);
  }

  /** Of the touches [from, to) the newest ones. */
  #touches(from: number, to: number, itemsMax: number, exceptItemId?: string): SessionQuery {
    const touches = this.#asker.visitor?.touches ?? [];
    const items: number[] = [];
    const weights: number[] = [];
    for (let at = to - 1; at >= from && items.length < itemsMax; at--) {
      const touch = touches[at]!;
      if (touch.itemId === exceptItemId) continue;
      const item = this.#served.itemOf(touchKeyOf(touch, this.#served.model));
      if (item === undefined) continue;
      items.push(item);
      weights.push(weightOf(touch.weight, this.#asker.rules?.eventWeights));
    }
    return this.#asked(items.reverse(), weights.reverse());
  }

  #asked(items: ArrayLike<number>, weights: ArrayLike<number>): SessionQuery {
    const { visitorId, nowMs } = this.#asker;
    const ownSession = visitorId === undefined ? -1 : this.#served.live.runningSession(visitorId);
    return { items, weights, timeMs: nowMs, ownSession };
  }
}

function weightOf(weight: number, eventWeights: EventWeights | undefined): number {
  if (eventWeights === undefined) return weight;
  const { purchase = 0, add_to_cart: cart = 0 } = interactionWeights;
  if (weight >= purchase) return eventWeights.purchase;
  return weight >= cart ? eventWeights.cart : eventWeights.view;
}
