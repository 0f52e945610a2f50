export { type AggregatorOptions, createAggregator } from "./create-aggregator.ts";
export { type AggregatorConfig, aggregatorSettings } from "./config.ts";
