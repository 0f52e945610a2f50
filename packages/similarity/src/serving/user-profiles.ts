import { interactionWeights } from "../item-sessions.ts";
import {
  type ItemInteraction,
  type ItemTouch,
  type Visitor,
  VisitorHistory,
  type VisitorHistoryOptions,
} from "./visitor-history.ts";

/**
 * What signed-in customers did, on whatever device. What a visitor did before he first signed in becomes the
 * customer's; where another one signs in there later, he starts from what he does himself.
 */
export class UserProfiles {
  readonly #profiles: VisitorHistory;

  constructor(options: VisitorHistoryOptions = {}) {
    this.#profiles = new VisitorHistory(options);
  }

  /** @param visitor  who did it, with the interaction in his history */
  observe(userId: string, visitor: Visitor, interaction: ItemInteraction): void {
    const before = visitor.userId;
    visitor.userId = userId;
    if (before === undefined) for (const touch of visitor.touches) this.#adopt(userId, touch);
    else this.#profiles.observe({ ...interaction, visitorId: userId });
  }

  /** A visitor's touches before the running session, with what his customer did elsewhere; ascending by time. */
  profileOf(visitor: Visitor, sessionStart: number): readonly ItemTouch[] {
    const own = visitor.touches.slice(0, sessionStart);
    const user = visitor.userId === undefined ? undefined : this.#profiles.find(visitor.userId);
    if (user === undefined) return own;
    const known = new Set(visitor.touches.map(({ itemId }) => itemId));
    const elsewhere = user.touches.filter(({ itemId }) => !known.has(itemId));
    return [...own, ...elsewhere].sort((a, b) => a.atMs - b.atMs);
  }

  #adopt(userId: string, { itemId, weight, atMs, purchasedAtMs }: ItemTouch): void {
    this.#profiles.observe({ visitorId: userId, itemId, weight, isPurchase: false, atMs });
    if (purchasedAtMs === 0) return;
    const { purchase = weight } = interactionWeights;
    this.#profiles.observe({ visitorId: userId, itemId, weight: purchase, isPurchase: true, atMs: purchasedAtMs });
  }
}
