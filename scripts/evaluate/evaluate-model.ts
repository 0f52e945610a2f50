import {
  evaluateRecommender,
  type EvaluationColumn,
  type EvaluationSet,
  type RankingMetrics,
} from "@footfall/similarity/evaluation";
import {
  type LearnPart,
  type ModelKind,
  modelKinds,
  type ModelName,
  type ModelParameters,
} from "@footfall/similarity/models";

/** A model, judged in one column at one length of list. */
export interface EvaluationRow extends RankingMetrics {
  readonly model: ModelName;
  readonly params: ModelParameters;
  readonly column: EvaluationColumn;
  readonly trainSeconds: number;
  readonly microsPerQueryP50: number;
  readonly microsPerQueryP90: number;
}

export interface EvaluatedModel {
  readonly model: ModelName;
  /** Complete. */
  readonly params: ModelParameters;
  /** As the reference implementations do it, quirks included. */
  readonly isCompatible?: boolean;
  readonly learnPart?: LearnPart;
}

export const listLengths = [5, 10, 20];

/** Learns a model and judges it: a row for each column and length. */
export function evaluateModel(set: EvaluationSet, evaluated: EvaluatedModel): EvaluationRow[] {
  const { model, params, isCompatible, learnPart } = evaluated;
  const startMs = performance.now();
  const kind: ModelKind = modelKinds[model];
  const recommender = kind.learn(set.train, params, learnPart);
  const trainSeconds = Math.round(performance.now() - startMs) / 1000;
  const { all, novel, answerMs } = evaluateRecommender({
    recommender,
    set,
    lengths: listLengths,
    asksAt: isCompatible === true ? "next click" : "last click",
    now: () => performance.now(),
  });
  const micros = (share: number): number => Math.round((answerMs[Math.floor(share * answerMs.length)] ?? 0) * 1e4) / 10;
  const taken = { trainSeconds, microsPerQueryP50: micros(0.5), microsPerQueryP90: micros(0.9) };
  return [
    ...all.map((metrics) => ({ model, params, column: "all" as const, ...metrics, ...taken })),
    ...novel.map((metrics) => ({ model, params, column: "novel" as const, ...metrics, ...taken })),
  ];
}
