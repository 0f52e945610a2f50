export { addSilence } from "./alerts/silences.ts";
export { readAlerts } from "./alerts/read-alerts.ts";
export { queryMetrics } from "./windows/query-metrics.ts";
