import type { EvaluationSet } from "@footfall/similarity/evaluation";
import { type ModelKind, modelKinds, type ModelParameters } from "@footfall/similarity/models";
import { nextTrial } from "@footfall/similarity/tuning";
import { judgeTrial, objectives } from "@footfall/trainer/tuning";

/** What is served. */
export const servedModel = "session-blend";
const seed = 1;

/** How well one choice of parameters did on each set's validation part. */
export interface Candidate {
  readonly parameters: ModelParameters;
  /** By set: the mean of HR and MRR in both columns. */
  readonly values: readonly number[];
}

/** Tries the defaults and other parameters of the served model on all sets' validation parts. */
export function tryCandidates(sets: readonly EvaluationSet[], count: number): Candidate[] {
  const { space, defaults, learn }: ModelKind = modelKinds[servedModel];
  const trials: { parameters: ModelParameters; value: number }[] = [];
  const candidates: Candidate[] = [];
  while (candidates.length < count) {
    const parameters = nextTrial(space, defaults, trials, seed);
    const values = sets.map((set) => objectives.balanced(judgeTrial(set, learn(set.train, parameters))));
    candidates.push({ parameters, values });
    // Sets weigh alike, however hard they are: by what the defaults do on them.
    const value = values.reduce((sum, one, at) => sum + one / candidates[0]!.values[at]!, 0);
    trials.push({ parameters, value });
  }
  return candidates;
}

/** The candidate that does best on all sets but one. */
export function chosenWithout(candidates: readonly Candidate[], leftOut: number): Candidate {
  const [standard] = candidates;
  const gain = ({ values }: Candidate): number =>
    values.reduce((sum, value, at) => (at === leftOut ? sum : sum + value / standard!.values[at]!), 0);
  return candidates.reduce((best, candidate) => (gain(candidate) > gain(best) ? candidate : best));
}
