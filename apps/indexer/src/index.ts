export { indexerSettings } from "./config.ts";
export { createIndexer } from "./create-indexer.ts";
