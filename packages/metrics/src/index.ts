export { parseExposition } from "./exposition/parse-exposition.ts";
export type { MetricKind, MetricSample, MetricScrape } from "./metric-sample.ts";
export { metricsTopic } from "./metric-sample.ts";
export { counterSpanMs, type MetricWindow, metricWindows, metricWindowSizeMs } from "./metric-windows.ts";
export { type MetricQuery, parseMetricQuery } from "./query/parse-metric-query.ts";
export { type MetricPoints, type MetricSpan, runMetricQuery } from "./query/run-metric-query.ts";
export { readMetricScrape } from "./read-metric-scrape.ts";
export { sampleRows } from "./sample-row.ts";
export { readLabels } from "./series.ts";
