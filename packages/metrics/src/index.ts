export type { MetricKind, MetricSample, MetricScrape } from "./metric-sample.ts";
