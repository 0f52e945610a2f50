export { openMismatchTopic } from "./mismatch-topic.ts";
export { openTopicSources } from "./open-topic-sources.ts";
export { openFileSource } from "./open-file-source.ts";
export { reconcile, type ReconcileResult } from "./reconcile.ts";
export { readShadowRequests } from "./shadow/read-shadow-requests.ts";
export { requestsOfClicks } from "./shadow/requests-of-clicks.ts";
export { type ShadowReport, shadowRecommenders } from "./shadow/shadow-recommenders.ts";
