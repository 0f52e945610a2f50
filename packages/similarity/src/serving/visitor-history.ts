import type { ModelVersion } from "@footfall/base";
import { sessionIdleMs } from "../sessions/live-sessions.ts";

/** What tells items apart while ranking: the item's index in the model, or its id when the model knows it not. */
export type ItemKey = number | string;

/** What a visitor did with an item; the newest interaction with it. */
export interface ItemTouch {
  readonly itemId: string;
  /** Event time of the newest interaction. */
  atMs: number;
  /** The heaviest of the interactions in the newest session that had any, see `interactionWeights`. */
  weight: number;
  /** Event time of the last purchase; 0 when it was never bought. */
  purchasedAtMs: number;
  /** Of the model `keyVersion`, which ranked with this touch last. */
  key: ItemKey;
  keyVersion: ModelVersion | undefined;
  /** What the visitor has added to the item's trend. */
  readonly trendShare: DayShare;
}

/** Weight that has been counted on a day, UTC. */
interface DayShare {
  day: number;
  weight: number;
}

export interface Visitor {
  /** One a item, ascending by time; at most `visitorItemsMax`, the oldest give way. */
  readonly touches: ItemTouch[];
  /** Event time of the first interaction of the newest session. Touches before it are the profile. */
  sessionStartMs: number;
  lastAtMs: number;
  /** The shop's id of the customer who signed in last. */
  userId?: string;
  /** What the visitor has added to trends. */
  readonly trendShare: DayShare;
}

export interface ItemInteraction {
  readonly visitorId: string;
  readonly itemId: string;
  /** 0 takes an earlier interest back (an item out of the cart). */
  readonly weight: number;
  readonly isPurchase: boolean;
  /** Event time. */
  readonly atMs: number;
}

export interface VisitorHistoryOptions {
  /** Visitors kept; the one not seen for longest gives way. Default 100,000. */
  readonly visitorsMax?: number;
  /** Distinct items kept of a visitor. Default 40. */
  readonly visitorItemsMax?: number;
}

const dayMs = 24 * 3_600_000;
/** What one visitor adds to all trends on a day: twenty purchases, a hundred views. */
const visitorTrendWeightMax = 100;

/**
 * The last items of the last visitors, by event time: what arrives late is put in its place, so the state hardly
 * depends on the order of arrival. A few hundred bytes per visitor and item.
 */
export class VisitorHistory {
  readonly #visitors = new Map<string, Visitor>();
  readonly #visitorsMax: number;
  readonly #visitorItemsMax: number;

  constructor(options: VisitorHistoryOptions = {}) {
    this.#visitorsMax = options.visitorsMax ?? 100_000;
    this.#visitorItemsMax = options.visitorItemsMax ?? 40;
  }

  get size(): number {
    return this.#visitors.size;
  }

  /**
   * @returns the weight that the interaction adds to the item's trend. One visitor adds no more to an item on a day
   *   than his heaviest interaction with it, so that nobody makes a trend by himself.
   */
  observe(interaction: ItemInteraction): number {
    const { visitorId, atMs } = interaction;
    const known = this.#visitors.get(visitorId);
    const visitor = known ?? { touches: [], sessionStartMs: atMs, lastAtMs: atMs, trendShare: noShare() };
    if (known) this.#visitors.delete(visitorId);
    this.#visitors.set(visitorId, visitor);
    if (this.#visitors.size > this.#visitorsMax) this.#forgetOldest();
    if (atMs - visitor.lastAtMs > sessionIdleMs) visitor.sessionStartMs = atMs;
    else if (atMs < visitor.sessionStartMs && visitor.sessionStartMs - atMs <= sessionIdleMs) {
      visitor.sessionStartMs = atMs;
    }
    visitor.lastAtMs = Math.max(visitor.lastAtMs, atMs);
    const touch = touchItem(visitor, interaction);
    if (visitor.touches.length > this.#visitorItemsMax) visitor.touches.shift();
    return touch ? trendWeight(visitor, touch, interaction) : 0;
  }

  /** What is known of the visitor; reading it does not keep it longer. */
  find(visitorId: string): Visitor | undefined {
    return this.#visitors.get(visitorId);
  }

  #forgetOldest(): void {
    const oldest = this.#visitors.keys().next();
    if (!oldest.done) this.#visitors.delete(oldest.value);
  }
}

/** Position of the first touch of the session that runs at `nowMs`; `touches.length` when none does. */
export function runningSessionStart(visitor: Visitor, nowMs: number): number {
  const { touches } = visitor;
  if (nowMs - visitor.lastAtMs > sessionIdleMs) return touches.length;
  let start = touches.length;
  while (start > 0 && touches[start - 1]!.atMs >= visitor.sessionStartMs) start--;
  return start;
}

function noShare(): DayShare {
  return { day: Number.NEGATIVE_INFINITY, weight: 0 };
}

/** Of a day before the newest one nothing counts any more, or going to and fro between days would count for ever. */
function shareOn(share: DayShare, day: number): DayShare | undefined {
  if (day < share.day) return undefined;
  if (day > share.day) Object.assign(share, { day, weight: 0 });
  return share;
}

function trendWeight(visitor: Visitor, touch: ItemTouch, { weight, atMs }: ItemInteraction): number {
  const day = Math.floor(atMs / dayMs);
  const ofItem = shareOn(touch.trendShare, day);
  const ofVisitor = shareOn(visitor.trendShare, day);
  if (!ofItem || !ofVisitor) return 0;
  const added = Math.max(0, Math.min(weight - ofItem.weight, visitorTrendWeightMax - ofVisitor.weight));
  ofItem.weight += added;
  ofVisitor.weight += added;
  return added;
}

function touchItem(visitor: Visitor, { itemId, weight, isPurchase, atMs }: ItemInteraction): ItemTouch | undefined {
  const { touches } = visitor;
  const position = touches.findIndex((touch) => touch.itemId === itemId);
  let touch = touches[position];
  if (touch) touches.splice(position, 1);
  // Taking an item out of the cart leaves the interest of a view.
  else if (weight > 0) touch = newTouch(itemId, atMs, weight);
  else return undefined;
  const isNewSession = touch.atMs < visitor.sessionStartMs && atMs >= visitor.sessionStartMs;
  if (weight === 0) touch.weight = Math.min(touch.weight, 1);
  else touch.weight = isNewSession ? weight : Math.max(touch.weight, weight);
  touch.atMs = Math.max(touch.atMs, atMs);
  if (isPurchase) touch.purchasedAtMs = Math.max(touch.purchasedAtMs, atMs);
  let slot = touches.length;
  while (slot > 0 && touches[slot - 1]!.atMs > touch.atMs) slot--;
  touches.splice(slot, 0, touch);
  return touch;
}

function newTouch(itemId: string, atMs: number, weight: number): ItemTouch {
  return { itemId, atMs, weight, purchasedAtMs: 0, key: itemId, keyVersion: undefined, trendShare: noShare() };
}
