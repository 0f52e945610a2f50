export { addSilence } from "./alerts/silences.ts";
export { readAlertFiles } from "./alerts/alert-files.ts";
export { type AlertSettings, createMonitor, type MonitorPace } from "./create-monitor.ts";
export { readAlerts } from "./monitor-routes.ts";
export { queryMetrics } from "./windows/query-metrics.ts";
