export { type KeyValueStore, memoryStore } from "./key-value-store.ts";
export type { TransportAnswer } from "./retry-rule.ts";
export type { Transport } from "./sender.ts";
export type { TabLocks } from "./tab-locks.ts";
export { assembleTracker, type PageTracker, type TrackerSettings } from "./tracker.ts";
