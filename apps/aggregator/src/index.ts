export { type AggregatorOptions, createAggregator } from "./create-aggregator.ts";
export { createLakeMaintenance, type LakeMaintenanceOptions } from "./lake-maintenance.ts";
