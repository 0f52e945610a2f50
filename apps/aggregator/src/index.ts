export { aggregatorSettings } from "./config.ts";
export { type AggregatorOptions, createAggregator } from "./create-aggregator.ts";
export { createLakeMaintenance, type LakeMaintenanceOptions } from "./lake-maintenance.ts";
