export { backUpModels, type ModelsBackup, type WriteModelFile } from "./back-up-models.ts";
export {
  type ModelPointer,
  type ModelStore,
  openModelStore,
  sha256Hex,
  type StoredModel,
  type TrainingLock,
  tenantsWithModels,
  type WatchOptions,
} from "./model-store.ts";
