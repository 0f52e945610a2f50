export { ItemScores } from "./item-scores.ts";
export { type LearnPart, type ModelKind, modelKinds, type ModelName } from "./model-catalog.ts";
export type { ModelParameters, Recommender, SessionQuery } from "./recommender.ts";
export { defaultSessionBlend, sessionBlend, type SessionBlendParameters } from "./session-blend.ts";
export { logFrequenciesOf } from "./vstan.ts";
