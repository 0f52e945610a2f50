export type { LogEntry, LogValue } from "./log-entry.ts";
export { fieldsOf } from "./query/entry-fields.ts";
export type { FieldQuery, LogQuery } from "./query/log-query.ts";
export { matchesEntry, matchesValue } from "./query/matches-entry.ts";
export { wordsOf } from "./query/words.ts";
