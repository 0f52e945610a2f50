export { createIndexer } from "./create-indexer.ts";
