import { AppError, type Clock } from "@footfall/base";
import type { Lake } from "@footfall/lake";
import { evaluateRecommender, type EvaluationSet } from "@footfall/similarity/evaluation";
import {
  type LearnPart,
  type ModelKind,
  modelKinds,
  type ModelName,
  type ModelParameters,
  type Recommender,
} from "@footfall/similarity/models";
import { nextTrial, type ParameterSpace } from "@footfall/similarity/tuning";
import { type JudgedTrial, TrialTable } from "./trial-table.ts";

/**
 * What a search makes large, at 20. `balanced` is the mean of HR and MRR in both columns: what looks well in one column
 * alone is of no use to a shop, or cannot be compared.
 */
export const objectives = {
  balanced: ({ all, novel }) => (all.hr + all.mrr + novel.hr + novel.mrr) / 4,
  mrr: ({ all }) => all.mrr,
  hr: ({ all }) => all.hr,
  "novel-mrr": ({ novel }) => novel.mrr,
  "novel-hr": ({ novel }) => novel.hr,
} as const satisfies Readonly<Record<string, (metrics: JudgedTrial["metrics"]) => number>>;

export type ObjectiveName = keyof typeof objectives;

export interface TuneOptions {
  readonly lake: Lake;
  /** Name of the search; one of the same name goes on where it ended. */
  readonly study: string;
  readonly model: ModelName;
  /** These are not searched. */
  readonly fixed: ModelParameters;
  readonly set: EvaluationSet;
  readonly objective: ObjectiveName;
  readonly seed: number;
  /** No trial begins later than this after the start, ms. */
  readonly durationMs: number;
  /** Trials of the study, those of earlier runs included. */
  readonly trialsMax: number;
  readonly clock: Clock;
  readonly onTrial?: (trial: JudgedTrial, number: number) => void;
  readonly signal?: AbortSignal;
}

const listLength = 20;

/**
 * Searches a model's parameter space for the best on a validation set, until the time is over.
 * @returns all trials of the study
 * @throws AppError INPUT_FORMAT_INVALID when the study of this name searched something else
 */
export async function tune(options: TuneOptions): Promise<readonly JudgedTrial[]> {
  const { model, study, objective, fixed, seed, clock, trialsMax, durationMs, signal } = options;
  const kind: ModelKind = modelKinds[model];
  const space: ParameterSpace = Object.fromEntries(Object.entries(kind.space).filter(([name]) => !(name in fixed)));
  const defaults = { ...kind.defaults, ...fixed };
  const table = new TrialTable(options.lake, study, clock);
  const trials = await table.read();
  const other = trials.find((trial) => trial.model !== model || trial.objective !== objective);
  if (other !== undefined) {
    const message = `Study ${study} searches ${other.model} for ${other.objective}; give this one another name.`;
    throw new AppError("INPUT_FORMAT_INVALID", message, { context: { study } });
  }
  const learnPart = rememberParts();
  const endMs = clock() + durationMs;
  while (trials.length < trialsMax && clock() < endMs && signal?.aborted !== true) {
    const parameters = nextTrial(space, defaults, trials, seed);
    const startMs = performance.now();
    const metrics = judgeTrial(options.set, kind.learn(options.set.train, parameters, learnPart));
    const seconds = Math.round(performance.now() - startMs) / 1000;
    const trial = { model, objective, parameters, value: objectives[objective](metrics), metrics, seconds };
    await table.add(trials.length, trial);
    options.onTrial?.(trial, trials.length);
    trials.push(trial);
  }
  return trials;
}

export function judgeTrial(set: EvaluationSet, recommender: Recommender): JudgedTrial["metrics"] {
  const judged = evaluateRecommender({ recommender, set, lengths: [listLength], asksAt: "last click", now: () => 0 });
  return { all: judged.all[0]!, novel: judged.novel[0]! };
}

/** Of each kind of part the one learnt last: most trials change one part only. */
export function rememberParts(): LearnPart {
  const learnt = new Map<ModelKind, { readonly key: string; readonly recommender: Recommender }>();
  return (part, sessions, parameters) => {
    const key = JSON.stringify(parameters);
    const before = learnt.get(part);
    if (before?.key === key) return before.recommender;
    const recommender = part.learn(sessions, parameters);
    learnt.set(part, { key, recommender });
    return recommender;
  };
}
