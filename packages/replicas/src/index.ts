export type { Replica } from "./replica.ts";
export { openReplicate, type ReplicatedCounts } from "./replicate.ts";
export { TableSchemas } from "./table-schemas.ts";
