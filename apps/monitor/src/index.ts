export { monitorSettings } from "./config.ts";
export { addSilence } from "./alerts/silences.ts";
export { readAlertFiles } from "./alerts/alert-files.ts";
export { readAlerts } from "./alerts/read-alerts.ts";
export { readRemoteWriteTarget, type RemoteWriteTarget } from "./remote-write/remote-write-settings.ts";
export { type AlertSettings, createMonitor, type MonitorPace } from "./create-monitor.ts";
export { queryMetrics } from "./windows/query-metrics.ts";
