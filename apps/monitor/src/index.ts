export { addSilence } from "./alerts/silences.ts";
export { readAlerts } from "./monitor-routes.ts";
export { queryMetrics } from "./windows/query-metrics.ts";
