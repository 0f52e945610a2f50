import { clicksPerItem, type ItemSessions } from "../item-sessions.ts";
import type { LiveSessions } from "../sessions/live-sessions.ts";
import { RecentNeighbors } from "../sessions/recent-neighbors.ts";
import { buildSessionIndex, heldSessions, type SessionIndex } from "../sessions/session-index.ts";
import { ItemScores } from "./item-scores.ts";
import type { ExplainingRecommender, SessionQuery, TellShare } from "./recommender.ts";

const dayMs = 86_400_000;

export interface VstanParameters {
  /** Neighbour sessions used. */
  readonly k: number;
  /** Most recent sessions looked at. */
  readonly sampleSize: number;
  /** Newest clicks of the current session that are looked at. */
  readonly lastItems: number;
  /** λ_spw, clicks: how fast older clicks of the current session lose weight in the similarity. */
  readonly sessionDecay: number;
  /** λ_snh, days: how fast older sessions lose weight. */
  readonly neighborDecayDays: number;
  /** λ_inh, clicks: how fast items far from the shared one lose weight within a neighbour. */
  readonly itemDecay: number;
  /** λ_ipw, clicks: how fast a neighbour loses weight that shares only older clicks. 1e9: not at all (STAN). */
  readonly sharedDecay: number;
  /** λ_idf; 0: rare items count no more than others (STAN). */
  readonly idfWeighting: number;
}

/** What VSTAN asks: sessions, and how often each item is in them. */
export interface VstanSource {
  readonly index: SessionIndex;
  readonly live?: LiveSessions;
  /** ln of the sessions with each item, live ones not included. Needed where there are none. */
  readonly logFrequencies?: Float64Array;
}

/** Entries start … end - 1 are one session's. */
interface SessionItems {
  readonly items: Int32Array;
  readonly positions: Uint16Array;
  readonly start: number;
  readonly end: number;
}

/**
 * STAN (Garg et al., "Sequence and time aware neighborhood", SIGIR 2019) and VSTAN (Ludewig et al., "Empirical analysis
 * of session-based recommendation algorithms", UMUAI 2021), which adds the last two decays:
 * sim(n) = Σ w_i over shared items / (√Σw² · √|n|) · e^(−(t − t_n) / λ_snh), w_i = e^((p_i − L) / λ_spw);
 * score(i) = Σ over the k nearest of sim(n) · e^(−|pos_n(i) − pos_n(i*)| / λ_inh) · e^((p* − L) / λ_ipw) ·
 * (1 + λ_idf · ln(sessions / sessions with i)), i* the shared item that stands last in n, p* the newest shared click.
 */
export class Vstan implements ExplainingRecommender {
  readonly #source: VstanSource;
  readonly #learntCount: number;
  readonly #parameters: VstanParameters;
  readonly #neighbors: RecentNeighbors;
  /** Of each learnt session, e^(−age / λ_snh) / √|n| at the end of the newest one. */
  readonly #recencies: Float64Array;
  readonly #newestMs: number;
  /** e^(−d / λ_inh) by distance d. */
  readonly #distanceFactors: Float64Array;
  /** Marks the current session's items. */
  #isCurrent: Uint8Array;
  /** 1 + λ_idf · ln(sessions), of the query that is answered. */
  #rarityBase = 1;

  constructor(source: VstanSource, parameters: VstanParameters) {
    this.#source = source;
    this.#learntCount = heldSessions(source.index);
    this.#parameters = parameters;
    this.#neighbors = new RecentNeighbors(source.index, source.live);
    const { offsets, endTimesMs } = source.index;
    this.#newestMs = endTimesMs.at(-1) ?? 0;
    this.#recencies = endTimesMs.map(
      (endMs, at) => this.#recency(endMs, this.#newestMs) / Math.sqrt(offsets[at + 1]! - offsets[at]!),
    );
    // Positions have 16 bits; what is as far away as this table is long weighs nothing.
    this.#distanceFactors = Float64Array.from({ length: 1 << 16 }, (_, d) => Math.exp(-d / parameters.itemDecay));
    this.#isCurrent = new Uint8Array(source.index.itemCount);
  }

  score(query: SessionQuery, scores: ItemScores): void {
    this.#forEachNeighbor(query, (session, weight) => this.#scoreItems(session, weight, scores));
  }

  /** What a neighbour says goes to the items that it shares with the query, by their weights. */
  explain(query: SessionQuery, item: number, tell: TellShare): void {
    const own = new ItemScores();
    const { items: queryItems, itemWeights } = this.#neighbors;
    this.#forEachNeighbor(query, (session, weight) => {
      this.#scoreItems(session, weight, own);
      const score = own.get(item);
      own.clear();
      if (score === 0) return;
      const { items, start, end } = this.#itemsOf(session);
      const shared = items.subarray(start, end).filter((other) => this.#isCurrent[other] === 1);
      const weights = Array.from(shared, (other) => itemWeights[queryItems.indexOf(other)]!);
      const total = weights.reduce((sum, shareOf) => sum + shareOf, 0);
      shared.forEach((other, at) => tell(other, (score * weights[at]!) / total));
    });
  }

  /** @param visit  is given the sessions most like the query, and what each of them weighs, > 0 */
  #forEachNeighbor(query: SessionQuery, visit: (session: number, weight: number) => void): void {
    const { k, sampleSize, lastItems, sessionDecay, sharedDecay, idfWeighting } = this.#parameters;
    const neighbors = this.#neighbors;
    const { index, live } = this.#source;
    const clicks = query.items.length > lastItems ? Array.from(query.items).slice(-lastItems) : query.items;
    const weightOf = (at: number, length: number): number => Math.exp((at - length) / sessionDecay);
    neighbors.find(clicks, weightOf, sampleSize, query.ownSession);
    this.#weighByTime(query.timeMs);
    const selection = neighbors.nearest(k);
    this.#rarityBase = 1 + idfWeighting * Math.log(live?.sessionCount ?? index.sessionCount);
    this.#mark(1);
    for (let rank = 0; rank < selection.count; rank++) {
      const at = selection.indices[rank]!;
      const weight = selection.scores[rank]! * Math.exp((neighbors.positions[at]! - clicks.length) / sharedDecay);
      if (weight > 0) visit(neighbors.sessions[at]!, weight);
    }
    this.#mark(0);
  }

  #itemsOf(session: number): SessionItems {
    const { items, positions, offsets } = this.#source.index;
    if (session < this.#learntCount) {
      return { items, positions, start: offsets[session]!, end: offsets[session + 1]! };
    }
    const live = this.#source.live!.sessionOf(session);
    return { items: live.items, positions: live.positions, start: 0, end: live.items.length };
  }

  /** From shared weights to similarities. */
  #weighByTime(timeMs: number): void {
    const neighbors = this.#neighbors;
    const { sessions, weights, count } = neighbors;
    const recencies = this.#recencies;
    const learntCount = this.#learntCount;
    const norm = Math.sqrt(neighbors.itemWeights.reduce((sum, weight) => sum + weight * weight, 0));
    const newest = this.#recency(this.#newestMs, timeMs);
    const { live } = this.#source;
    for (let at = 0; at < count; at++) {
      const session = sessions[at]!;
      const recency =
        session < learntCount
          ? recencies[session]! * newest
          : this.#recency(live!.endTimeMs(session), timeMs) / Math.sqrt(live!.sizeOf(session));
      weights[at] = (weights[at]! * recency) / norm;
    }
  }

  /** e^(−age / λ_snh). */
  #recency(endMs: number, nowMs: number): number {
    return Math.exp((endMs - nowMs) / (this.#parameters.neighborDecayDays * dayMs));
  }

  #mark(mark: 0 | 1): void {
    for (const item of this.#neighbors.items) {
      if (item >= this.#isCurrent.length) {
        const larger = new Uint8Array(2 * item + 64);
        larger.set(this.#isCurrent);
        this.#isCurrent = larger;
      }
      this.#isCurrent[item] = mark;
    }
  }

  #scoreItems(session: number, weight: number, scores: ItemScores): void {
    const { items, positions, start, end } = this.#itemsOf(session);
    const { idfWeighting } = this.#parameters;
    const logFrequencies = this.#source.live?.logFrequencies ?? this.#source.logFrequencies!;
    const distanceFactors = this.#distanceFactors;
    const isCurrent = this.#isCurrent;
    const rarityBase = this.#rarityBase;
    let last = end - 1;
    while (last > start && isCurrent[items[last]!] !== 1) last--;
    const sharedPosition = positions[last]!;
    for (let entry = start; entry < end; entry++) {
      const item = items[entry]!;
      const rarity = rarityBase - idfWeighting * logFrequencies[item]!;
      const score = weight * distanceFactors[Math.abs(positions[entry]! - sharedPosition)]! * rarity;
      if (score > 0) scores.add(item, score);
    }
  }
}

/** All sessions. @param countsClicks  of an item instead of its sessions, as session-rec does */
export function vstanSource(sessions: ItemSessions, countsClicks = false): VstanSource {
  const index = buildSessionIndex(sessions);
  const frequencies = countsClicks ? clicksPerItem(sessions) : index.itemSupport;
  return { index, logFrequencies: logFrequenciesOf(frequencies) };
}

/** The natural logarithms. */
export function logFrequenciesOf(frequencies: Int32Array): Float64Array {
  return Float64Array.from(frequencies, (frequency) => Math.log(frequency));
}
