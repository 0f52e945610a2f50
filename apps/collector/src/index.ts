export { type CollectorBounds, collectorBounds, type CollectorOptions, createCollector } from "./collector.ts";
export { collectorSettings } from "./config.ts";
export { freeDiskBytes } from "./free-disk-bytes.ts";
export { collectorOpenApi } from "./open-api.ts";
