export { createMonitor, type MonitorOptions } from "./create-monitor.ts";
export { queryMetrics } from "./windows/query-metrics.ts";
