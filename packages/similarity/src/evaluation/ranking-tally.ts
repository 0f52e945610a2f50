import type { TopSelection } from "../top-selection.ts";

/** Means over predictions; the first three judge the next click, the others all clicks to come in the session. */
export interface RankingMetrics {
  /** Length of the lists. */
  readonly k: number;
  /** Predictions. */
  readonly n: number;
  /** Share of lists that hold the next click. */
  readonly hr: number;
  /** 1 / rank of the next click, 0 where the list lacks it. */
  readonly mrr: number;
  /** 1 / log2(1 + rank) of the next click, 0 where the list lacks it. */
  readonly ndcg: number;
  /** Items to come that are in the list / k. */
  readonly precision: number;
  /** Items to come that are in the list / clicks to come, repeats counted, as session-rec and Serenade have it. */
  readonly recall: number;
  /** Precision at the rank of each item to come, summed / min(k, items to come). */
  readonly map: number;
  /** Share of the items of training that were recommended at least once. */
  readonly coverage: number;
  /** Clicks on a recommended item / clicks on the most clicked one: mean over lists of the mean over a list. */
  readonly popularity: number;
}

type Sums = Record<"hr" | "mrr" | "ndcg" | "precision" | "recall" | "map" | "popularity", number>;

/** Judges ranked lists of several lengths at once. */
export class RankingTally {
  #n = 0;
  readonly #lengths: readonly number[];
  readonly #sums: readonly Sums[];
  readonly #wasRecommended: readonly Uint8Array[];
  readonly #clicks: Int32Array;
  readonly #clicksMax: number;
  readonly #itemCount: number;

  /** @param clicks  of training, per item */
  constructor(clicks: Int32Array, lengths: readonly number[]) {
    this.#clicks = clicks;
    this.#lengths = lengths;
    this.#sums = lengths.map(() => ({ hr: 0, mrr: 0, ndcg: 0, precision: 0, recall: 0, map: 0, popularity: 0 }));
    this.#wasRecommended = lengths.map(() => new Uint8Array(clicks.length));
    this.#clicksMax = clicks.reduce((most, count) => Math.max(most, count), 0);
    this.#itemCount = clicks.reduce((count, clicked) => count + Math.sign(clicked), 0);
  }

  /** @param list  sorted; @param rest  clicks to come, the next first */
  count(list: TopSelection, rest: Int32Array): void {
    this.#n++;
    const toCome = new Set(rest);
    for (const [place, k] of this.#lengths.entries()) {
      const sums = this.#sums[place]!;
      const count = Math.min(k, list.count);
      let found = 0;
      let precisions = 0;
      let popularity = 0;
      for (let at = 0; at < count; at++) {
        const item = list.indices[at]!;
        this.#wasRecommended[place]![item] = 1;
        popularity += this.#clicks[item]! / this.#clicksMax;
        if (!toCome.has(item)) continue;
        found++;
        precisions += found / (at + 1);
        if (item !== rest[0]) continue;
        sums.hr++;
        sums.mrr += 1 / (at + 1);
        sums.ndcg += 1 / Math.log2(at + 2);
      }
      sums.precision += found / k;
      sums.recall += found / rest.length;
      sums.map += precisions / Math.min(k, toCome.size);
      if (count > 0) sums.popularity += popularity / count;
    }
  }

  metrics(): RankingMetrics[] {
    const n = this.#n;
    return this.#lengths.map((k, place) => {
      const recommended = this.#wasRecommended[place]!.reduce((sum, was) => sum + was, 0);
      const means = Object.entries(this.#sums[place]!).map(([name, sum]) => [name, n === 0 ? 0 : sum / n] as const);
      return { k, n, ...(Object.fromEntries(means) as Sums), coverage: recommended / Math.max(1, this.#itemCount) };
    });
  }
}
