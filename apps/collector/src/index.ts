export { collectorSettings } from "./config.ts";
export { type CollectorBounds, type CollectorOptions, createCollector } from "./collector.ts";
export { freeDiskBytes } from "./free-disk-bytes.ts";
