export interface TrendingItemsOptions {
  /** Items counted; when there are more, the lighter half gives way. Default 2,000. */
  readonly trendingItemsMax?: number;
  /** After this long an interaction counts half. Default 6 h. */
  readonly halfLifeMs?: number;
}

export interface TrendingItem {
  readonly itemId: string;
  /** Weight of the item's interactions, each halved per half-life of its age. */
  readonly score: number;
}

interface Count {
  /** Σ weight × 2^((time - landmark) / halfLife). */
  value: number;
  lastAtMs: number;
}

/** Interactions older than this many half-lives say nothing about now. */
const horizonHalfLives = 4;
/** The order is as old as this at most; sorting on every request would cost more than all the rest of it. */
const rankedAgeMaxMs = 250;
/** Half-lives after which the counts are scaled down, long before a double could overflow. */
const landmarkHalfLivesMax = 100;

/**
 * What visitors do in these hours: exponentially decayed counts in event time. Forward decay (Cormode, Shkapenyuk,
 * Srivastava, Xu 2009): weights grow with time from a landmark, so nothing has to be touched to let it age.
 */
export class TrendingItems {
  readonly #counts = new Map<string, Count>();
  readonly #trendingItemsMax: number;
  readonly #halfLifeMs: number;
  #landmarkMs: number | undefined;
  #order: TrendingItem[] = [];
  #orderAtMs = Number.NEGATIVE_INFINITY;
  #isStale = false;

  constructor(options: TrendingItemsOptions = {}) {
    this.#trendingItemsMax = options.trendingItemsMax ?? 2_000;
    this.#halfLifeMs = options.halfLifeMs ?? 6 * 3_600_000;
  }

  get size(): number {
    return this.#counts.size;
  }

  /**
   * Counts an interaction. One older than four half-lives is not counted: a replay of old events is not a trend.
   * An event time ahead of `nowMs` counts as now.
   */
  observe(itemId: string, weight: number, atMs: number, nowMs: number): void {
    if (weight <= 0 || nowMs - atMs > this.#horizonMs) return;
    const timeMs = Math.min(atMs, nowMs);
    const count = this.#counts.get(itemId);
    const value = weight * this.#growth(timeMs);
    if (count) {
      count.value += value;
      count.lastAtMs = Math.max(count.lastAtMs, timeMs);
    } else {
      this.#counts.set(itemId, { value, lastAtMs: timeMs });
      if (this.#counts.size > this.#trendingItemsMax) this.#dropLighterHalf();
    }
    this.#isStale = true;
  }

  /** The items, heaviest first (equal ones by id), without those nobody touched within four half-lives. */
  ranked(nowMs: number): readonly TrendingItem[] {
    const ageMs = Math.abs(nowMs - this.#orderAtMs);
    if (this.#isStale ? ageMs >= rankedAgeMaxMs || this.#order.length === 0 : ageMs > this.#halfLifeMs / 100) {
      this.#order = this.#rank(nowMs);
      this.#orderAtMs = nowMs;
      this.#isStale = false;
    }
    return this.#order;
  }

  get #horizonMs(): number {
    return horizonHalfLives * this.#halfLifeMs;
  }

  #rank(nowMs: number): TrendingItem[] {
    const order: TrendingItem[] = [];
    const scale = 1 / this.#growth(nowMs);
    for (const [itemId, count] of this.#counts) {
      if (nowMs - count.lastAtMs > this.#horizonMs) this.#counts.delete(itemId);
      else order.push({ itemId, score: count.value * scale });
    }
    return order.sort((a, b) => b.score - a.score || (a.itemId < b.itemId ? -1 : 1));
  }

  #growth(timeMs: number): number {
    this.#landmarkMs ??= timeMs;
    const halfLives = (timeMs - this.#landmarkMs) / this.#halfLifeMs;
    if (halfLives <= landmarkHalfLivesMax) return 2 ** halfLives;
    for (const count of this.#counts.values()) count.value *= 2 ** -halfLives;
    this.#landmarkMs = timeMs;
    return 1;
  }

  #dropLighterHalf(): void {
    const byValue = [...this.#counts].sort((a, b) => a[1].value - b[1].value || (a[0] < b[0] ? 1 : -1));
    for (let at = 0; at < byValue.length / 2; at++) this.#counts.delete(byValue[at]![0]);
  }
}
