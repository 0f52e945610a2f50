import { type BucketIncrease, histogramQuantile } from "@footfall/metrics";
import { sketchQuantile } from "@footfall/windows";

/**
 * Percentiles of rows of `stepSpreadsSql` that come ordered by group and step: one step of one group is held at a time.
 */
export class PercentileSteps {
  readonly #share: number;
  readonly #bounds: readonly number[];
  readonly #onValue: (group: number, step: number, value: number) => void;
  readonly #sketch = new Map<number, number>();
  #buckets: BucketIncrease[] = [];
  #group = -1;
  #step = -1;

  /**
   * @param share  from 0 to 1
   * @param bounds  upper bounds, by their places
   */
  constructor(share: number, bounds: readonly number[], onValue: (group: number, step: number, value: number) => void) {
    this.#share = share;
    this.#bounds = bounds;
    this.#onValue = onValue;
  }

  add(group: number, step: number, isBound: boolean, place: number, amount: number): void {
    if (group !== this.#group || step !== this.#step) this.end();
    this.#group = group;
    this.#step = step;
    if (isBound) this.#buckets.push({ upperBound: this.#bounds[place]!, increase: amount });
    else this.#sketch.set(place, amount);
  }

  /** Gives the value of the last step. */
  end(): void {
    const value =
      this.#sketch.size > 0 ? sketchQuantile(this.#sketch, this.#share) : histogramQuantile(this.#share, this.#buckets);
    if (value !== undefined) this.#onValue(this.#group, this.#step, value);
    this.#sketch.clear();
    this.#buckets = [];
  }
}
