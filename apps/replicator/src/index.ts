export { createReplicator } from "./create-replicator.ts";
