export { type LearnOptions, LearnThreads } from "./learn-threads.ts";
export { compareModels, type ModelChanges, type PopularityMove } from "./model-changes.ts";
export { readItemSessions, type ReadSessions, type SessionSource } from "./read-item-sessions.ts";
export { trainableTenants } from "./train-shops.ts";
export {
  train,
  type TrainingOptions,
  type TrainingProgress,
  type TrainingReport,
  type TrainingStage,
  trainingStages,
} from "./train.ts";
