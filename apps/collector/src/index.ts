export { type CollectorBounds, type CollectorOptions, createCollector } from "./collector.ts";
export { freeDiskBytes } from "./free-disk-bytes.ts";
export type { KeyQuotaBounds } from "./key-quota.ts";
export { keyQuotaSettings } from "./key-quota-settings.ts";
