export { openMismatchTopic } from "./mismatch-topic.ts";
export { openTopicSources } from "./open-topic-sources.ts";
export { openFileSource } from "./open-file-source.ts";
export { reconcile, type ReconcileResult } from "./reconcile.ts";
