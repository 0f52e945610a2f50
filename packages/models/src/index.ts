export { backUpModels, type ModelsBackup, type WriteModelFile } from "./back-up-models.ts";
export { openModelStore, sha256Hex, tenantsWithModels } from "./folder-model-store.ts";
export type {
  ModelPointer,
  ModelStore,
  PublishOptions,
  StoredModel,
  TrainingLock,
  WatchOptions,
} from "./model-store.ts";
export type { Publication } from "./publications.ts";
export { readTunedParameters, type TunedParameters, writeTunedParameters } from "./tuned-parameters.ts";
