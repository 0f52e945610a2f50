import type { CooccurrenceCounts } from "./count-cooccurrence.ts";
import type { SimilarityParameters } from "./similarity-model.ts";
import type { TopSelection } from "./top-selection.ts";

/**
 * Log-likelihood ratio (G²) of a 2 × 2 table: how surprising the table is if the two events were independent.
 * LLR = 2 · (H(row sums) + H(column sums) − H(cells)) with H(k…) = −Σ k ln(k / Σk), from T. Dunning, "Accurate methods
 * for the statistics of surprise and coincidence", Computational Linguistics 19(1), 1993; the form with unnormalised
 * entropies is the one of Apache Mahout. Symmetric in A and B; 0 when round-off would make it negative.
 * @param both     sessions with A and B
 * @param onlyA    sessions with A, without B
 * @param onlyB    sessions with B, without A
 * @param neither  sessions without either
 */
export function logLikelihoodRatio(both: number, onlyA: number, onlyB: number, neither: number): number {
  const cells = xLogX(both) + xLogX(onlyA) + xLogX(onlyB) + xLogX(neither);
  const rows = xLogX(both + onlyA) + xLogX(onlyB + neither);
  const columns = xLogX(both + onlyB) + xLogX(onlyA + neither);
  const total = xLogX(both + onlyA + onlyB + neither);
  return Math.max(0, 2 * (cells - rows - columns + total));
}

function xLogX(x: number): number {
  return x === 0 ? 0 : x * Math.log(x);
}

/**
 * Σ-free parts of the damped conditional probability
 *   score(a → b) = n_ab / ((n_a + λ)^α · (n_b + λ)^(1 − α)),
 * the damping of item-kNN in the session-rec study (Ludewig and others). α = 1, λ = 0 is p(b | a); α = ½ is the cosine;
 * between them the candidate's own frequency counts a little, so that best-sellers do not fill every list.
 */
export interface ScoreFactors {
  /** (n + λ)^-α of the sessions counted for an item as the query. */
  readonly query: Float64Array;
  /** (n + λ)^-(1 − α) of the sessions of an item as the candidate. */
  readonly candidate: Float64Array;
  /** The largest of `candidate`: bounds a score before the candidate's own factor is fetched. */
  readonly candidateMax: number;
}

export function scoreFactors(support: Int32Array, parameters: SimilarityParameters): ScoreFactors {
  const { alpha, shrinkage, sessionsPerItemMax } = parameters;
  const query = new Float64Array(support.length);
  const candidate = new Float64Array(support.length);
  for (let item = 0; item < support.length; item++) {
    const sessions = support[item]!;
    if (sessions === 0) continue;
    query[item] = (Math.min(sessions, sessionsPerItemMax) + shrinkage) ** -alpha;
    candidate[item] = (sessions + shrinkage) ** (alpha - 1);
  }
  return { query, candidate, candidateMax: candidate.reduce((largest, factor) => Math.max(largest, factor), 0) };
}

export interface ScoringInput {
  readonly item: number;
  readonly counts: CooccurrenceCounts;
  readonly support: Int32Array;
  readonly sessionCount: number;
  readonly factors: ScoreFactors;
  readonly parameters: SimilarityParameters;
}

/**
 * Selects the neighbours of one item: pairs with enough support, seen together more often than chance (LLR ≥ llrMin),
 * the `neighborsMax` best by score, equal scores by smaller item index. The LLR only selects; ranking by it is worse.
 * Where an item has more than `sessionsPerItemMax` sessions the table compares its sample with all other sessions.
 * @param selection  reset here; sorted, best first, on return. Its scores are > 0
 */
export function scoreSimilarity(input: ScoringInput, selection: TopSelection): void {
  const { item, counts, support, sessionCount, factors, parameters } = input;
  const { supportMin, llrMin, neighborsMax, sessionsPerItemMax } = parameters;
  const counted = Math.min(support[item]!, sessionsPerItemMax);
  const queryFactor = factors.query[item]!;
  const { candidate, candidateMax } = factors;
  const { touched, touchedCount, counts: sessionsWithBoth } = counts;
  selection.reset(neighborsMax);
  for (let at = 0; at < touchedCount; at++) {
    const other = touched[at]!;
    const both = sessionsWithBoth[other]!;
    const weighted = both * queryFactor;
    if (!selection.mayKeep(weighted * candidateMax, other) || both < supportMin || other === item) continue;
    const score = weighted * candidate[other]!;
    if (!selection.mayKeep(score, other)) continue;
    if (llrMin > 0 && !isAssociated(both, counted, support[other]!, sessionCount, llrMin)) continue;
    selection.add(score, other);
  }
  selection.sort();
}

function isAssociated(both: number, a: number, b: number, sessions: number, llrMin: number): boolean {
  // Fewer than by chance is surprising too, but no reason to recommend.
  if (both * sessions <= a * b) return false;
  return pairLikelihood(both, a, b, sessions) >= llrMin;
}

/** The log-likelihood ratio of two items that `a` and `b` of all sessions hold, and `both` of them together. */
export function pairLikelihood(both: number, a: number, b: number, sessions: number): number {
  return logLikelihoodRatio(both, a - both, b - both, sessions - a - b + both);
}
