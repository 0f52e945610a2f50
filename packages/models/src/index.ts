export {
  type ModelPointer,
  type ModelStore,
  openModelStore,
  sha256Hex,
  type StoredModel,
  tenantsWithModels,
  type WatchOptions,
} from "./model-store.ts";
