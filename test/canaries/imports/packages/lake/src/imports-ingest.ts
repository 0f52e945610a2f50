import "../../ingest/src/ingest.ts";
export const x = 1;
