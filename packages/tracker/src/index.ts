export { createEventQueue, type EventQueue, eventBytesMax, type QueuedEvent, queueBytesMax } from "./event-queue.ts";
export { type KeyValueStore, memoryStore } from "./key-value-store.ts";
export { type EventFields } from "./numberer.ts";
export { backOffMs, judgeAnswer, retryAfterMs, type TransportAnswer, type Verdict } from "./retry-rule.ts";
export { createSender, type OnReceipts, type Schedule, type Sender, type Transport } from "./sender.ts";
export { advanceSession, type Session, sessionIdleMaxMs, sessionLengthMaxMs } from "./session.ts";
export type { TabLocks } from "./tab-locks.ts";
export {
  assembleTracker,
  type Consent,
  type PageTracker,
  type Tracker,
  type TrackerEnvironment,
  type TrackerSettings,
} from "./tracker.ts";
