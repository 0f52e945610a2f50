import type { Random } from "@footfall/base";

export interface PairedDifference {
  /** Σ differences / Σ weights. */
  readonly mean: number;
  /** Bounds of its 95 % interval. */
  readonly low: number;
  readonly high: number;
}

const resamples = 1_000;

/**
 * The mean difference of two measurements of the same units, weighted, with the percentile interval of a paired
 * bootstrap: units are drawn again with replacement, so what hangs together within one stays together. After B. Efron,
 * "Bootstrap methods: another look at the jackknife", Annals of Statistics 7(1), 1979.
 * @param differences  of each unit, summed over what it counts for
 * @param weights      how much each unit counts for, ≥ 0
 */
export function pairedBootstrap(differences: Float64Array, weights: Int32Array, random: Random): PairedDifference {
  const units = differences.length;
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    let weight = 0;
    for (let draw = 0; draw < units; draw++) {
      const unit = Math.floor(random() * units);
      sum += differences[unit]!;
      weight += weights[unit]!;
    }
    means[resample] = weight === 0 ? 0 : sum / weight;
  }
  means.sort();
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    mean: total === 0 ? 0 : differences.reduce((sum, difference) => sum + difference, 0) / total,
    low: means[Math.floor(0.025 * resamples)]!,
    high: means[Math.ceil(0.975 * resamples) - 1]!,
  };
}
