import type { ItemGate } from "./item-gate.ts";
import type { Recommendation, RecommendationSource } from "./recommendation.ts";
import type { ItemKey } from "./visitor-history.ts";

/** Candidates of a source that are compared after boosts. */
const boostedPoolMax = 200;

/** The answer under construction: the one place that decides whether an item may enter (invariant I8). */
export class Answer {
  readonly items: Recommendation[] = [];
  /** Keys of `items`. */
  readonly keys: ItemKey[] = [];
  readonly gate: ItemGate | undefined;
  readonly #limit: number;
  readonly #forbidden: Set<ItemKey>;

  constructor(limit: number, gate?: ItemGate, forbidden: Iterable<ItemKey> = []) {
    this.#limit = limit;
    this.gate = gate;
    this.#forbidden = new Set(forbidden);
  }

  get isFull(): boolean {
    return this.items.length >= this.#limit;
  }

  get space(): number {
    return this.#limit - this.items.length;
  }

  /** Another answer that allows what this one does. */
  poolOf(limit: number): Answer {
    return new Answer(limit, this.gate, this.#forbidden);
  }

  /** @returns whether it was allowed before */
  forbid(key: ItemKey): boolean {
    if (this.#forbidden.has(key)) return false;
    this.#forbidden.add(key);
    return true;
  }

  allow(key: ItemKey): void {
    this.#forbidden.delete(key);
  }

  isForbidden(key: ItemKey): boolean {
    // The gate first: where few items pass a filter, it answers faster than a set.
    return (this.gate !== undefined && this.gate.isShut(key)) || this.#forbidden.has(key);
  }

  /** @returns whether it entered */
  offer(key: ItemKey, itemId: string, score: number, source: RecommendationSource): boolean {
    if (this.isFull || this.isForbidden(key)) return false;
    this.#forbidden.add(key);
    this.gate?.enter(key);
    this.items.push({ itemId, score, source });
    this.keys.push(key);
    return true;
  }
}

/** Gathers candidates of one source, so that boosts may change their order before they are offered. */
export class BoostedPool {
  readonly #answer: Answer;
  readonly #gate: ItemGate;
  readonly #source: RecommendationSource;
  #candidates: { key: ItemKey; itemId: string; score: number }[] = [];

  constructor(answer: Answer, gate: ItemGate, source: RecommendationSource) {
    this.#answer = answer;
    this.#gate = gate;
    this.#source = source;
  }

  add(key: ItemKey, itemId: string, score: number): void {
    if (this.#answer.isForbidden(key)) return;
    this.#candidates.push({ key, itemId, score: score * this.#gate.boostOf(key) });
    if (this.#candidates.length >= boostedPoolMax) this.flush();
  }

  flush(): void {
    this.#candidates.sort((a, b) => b.score - a.score);
    for (const { key, itemId, score } of this.#candidates) this.#answer.offer(key, itemId, score, this.#source);
    this.#candidates = [];
  }
}
