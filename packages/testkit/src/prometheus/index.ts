export { type PrometheusServer, startAlertmanager, startPrometheus } from "./prometheus-server.ts";
