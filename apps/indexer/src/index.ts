export { createIndexer, type IndexerOptions } from "./create-indexer.ts";
