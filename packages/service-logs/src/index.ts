export { type LogEntry, logKeyOf, logsTopic } from "./log-entry.ts";
export { readLogEntry } from "./read-log-entry.ts";
