import { seededRandom } from "@footfall/base";
import type { ModelParameters } from "../models/recommender.ts";
import { moveParameters, type ParameterSpace, sampleParameters } from "./parameter-space.ts";

/** A parameter set that was tried. */
export interface Trial {
  readonly parameters: ModelParameters;
  /** What it reached; more is better. */
  readonly value: number;
}

/** Trials anywhere in the space before those near the best ones. */
const wideTrials = 20;
/** The best trials, from which the search goes on. */
const parentsMax = 4;
const attemptsMax = 50;

/**
 * What to try next: the defaults, then sets from all over the space, then neighbours of the best. Depends on nothing
 * but its arguments, so that a search goes on where it was broken off, and comes out the same from the same seed.
 * @param trials  all that were tried so far, in their order
 */
export function nextTrial(
  space: ParameterSpace,
  defaults: ModelParameters,
  trials: readonly Trial[],
  seed: number,
): ModelParameters {
  if (trials.length === 0) return defaults;
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) + trials.length);
  const tried = new Set(trials.map(({ parameters }) => keyOf(parameters)));
  let next = defaults;
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    next = { ...defaults, ...propose(space, trials, random) };
    if (!tried.has(keyOf(next))) return next;
  }
  return next;
}

function propose(space: ParameterSpace, trials: readonly Trial[], random: () => number): ModelParameters {
  if (trials.length <= wideTrials) return sampleParameters(space, random);
  const best = [...trials].sort((a, b) => b.value - a.value).slice(0, parentsMax);
  // The better, the more often: the first of four takes half of the turns.
  const parent = best[Math.min(best.length - 1, Math.floor(-Math.log2(1 - random())))]!;
  return moveParameters(space, parent.parameters, random);
}

function keyOf(parameters: ModelParameters): string {
  return JSON.stringify(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)));
}
