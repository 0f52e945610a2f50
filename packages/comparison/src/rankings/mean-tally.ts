export interface MeanBounds {
  readonly mean: number;
  /** Of the true mean, 95 %. */
  readonly lower: number;
  readonly upper: number;
}

/** Two-sided 95 %. */
const z = 1.959964;

/** Mean and variance of values as they come (Welford 1962), without keeping them. */
export class MeanTally {
  count = 0;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.count += 1;
    const before = value - this.#mean;
    this.#mean += before / this.count;
    this.#squares += before * (value - this.#mean);
  }

  /**
   * The mean and its bounds by the normal approximation, kept within what the values can be. Undefined without a value;
   * one value bounds nothing.
   */
  bounds(least: number, most: number): MeanBounds | undefined {
    if (this.count === 0) return undefined;
    const mean = this.#mean;
    if (this.count === 1) return { mean, lower: least, upper: most };
    const spread = z * Math.sqrt(this.#squares / (this.count - 1) / this.count);
    return { mean, lower: Math.max(least, mean - spread), upper: Math.min(most, mean + spread) };
  }
}
