import {
  buildSessionIndex,
  buildSessionMatrix,
  type ItemNeighbors,
  type ItemSessions,
  type SessionIndex,
  type SimilarityParameters,
} from "@footfall/similarity";
import {
  logFrequenciesOf,
  type Recommender,
  sessionBlend,
  type SessionBlendParameters,
} from "@footfall/similarity/models";
import type { LearnOptions, LearnThreads } from "./learn-threads.ts";

/** How the parts of a model are learnt, and how they answer together. */
export interface LearnSettings {
  readonly parameters: SimilarityParameters;
  readonly blend: SessionBlendParameters;
}

/** What a model answers with, learnt from some sessions. */
export interface LearntParts {
  readonly neighbors: ItemNeighbors;
  readonly sessionIndex: SessionIndex;
}

export async function learnParts(
  sessions: ItemSessions,
  { parameters, blend }: LearnSettings,
  threads: LearnThreads,
  options: LearnOptions,
): Promise<LearntParts> {
  const { sessionItemsMax } = parameters;
  const neighbors = await threads.learn(buildSessionMatrix(sessions, sessionItemsMax), parameters, options);
  const sessionIndex = buildSessionIndex(sessions, { sessionItemsMax, sessionsPerItemMax: blend.sampleSize });
  return { neighbors, sessionIndex };
}

/** Answers as the model that is made of the parts will. */
export function recommenderOf(
  { neighbors, sessionIndex: index }: LearntParts,
  blend: SessionBlendParameters,
): Recommender {
  return sessionBlend(neighbors, { index, logFrequencies: logFrequenciesOf(index.itemSupport) }, blend);
}
