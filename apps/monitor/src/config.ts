import { type Config, operatorPortSetting, setting, type Settings, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";
import { remoteWriteSettings } from "./remote-write/remote-write-settings.ts";

/** Settings of the monitor as a process of its own. */
export const monitorSettings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_MONITOR_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8087,
    unit: "port",
    description: "Port of `/livez` and `/readyz`; 0 takes a free one.",
  }),
  operatorPort: operatorPortSetting("monitor", 8097),
  partitions: setting({
    variable: "FOOTFALL_MONITOR_METRICS_PARTITIONS",
    schema: Type.Integer({ minimum: 1, maximum: 1_024 }),
    default: 4,
    unit: "partitions",
    description: "Partitions of topic `metrics`, where it is made here.",
  }),
  deriveIntervalMs: setting({
    variable: "FOOTFALL_MONITOR_DERIVE_INTERVAL_MS",
    schema: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
    default: 5_000,
    unit: "ms",
    description: "Time between two looks for windows of metrics to close, and for alerts.",
  }),
  outOfOrderMs: setting({
    variable: "FOOTFALL_MONITOR_OUT_OF_ORDER_MS",
    schema: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
    default: 15_000,
    unit: "ms",
    description: "How much samples may be out of order before one counts as late and its window is made again.",
  }),
  idleTimeoutMs: setting({
    variable: "FOOTFALL_MONITOR_IDLE_TIMEOUT_MS",
    schema: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
    default: 30_000,
    unit: "ms",
    description:
      "A partition without samples for this long holds up no window; longer than the agent's scrape interval.",
  }),
  samplesRetentionMs: setting({
    variable: "FOOTFALL_MONITOR_SAMPLES_RETENTION_MS",
    schema: Type.Integer({ minimum: 86_400_000, maximum: 315_360_000_000 }),
    default: 604_800_000,
    unit: "ms",
    description: "Age past which days of raw samples are deleted; the windows made of them stay.",
  }),
  tenant: setting({
    variable: "FOOTFALL_MONITOR_TENANT",
    schema: Type.String({ minLength: 1 }),
    default: "default",
    unit: "",
    description: "Whose metrics alerts and pages are about.",
  }),
  rulesFile: setting({
    variable: "FOOTFALL_MONITOR_RULES_FILE",
    schema: Type.String(),
    default: "deploy/alerts.yml",
    unit: "path",
    description: "Rules of alerts; empty for none.",
  }),
  noticesFile: setting({
    variable: "FOOTFALL_MONITOR_NOTICES_FILE",
    schema: Type.String(),
    default: "",
    unit: "path",
    description: "Who is told of alerts: `route`, `inhibit_rules` and `receivers`; empty: nobody.",
  }),
  externalUrl: setting({
    variable: "FOOTFALL_MONITOR_EXTERNAL_URL",
    schema: Type.String(),
    default: "http://127.0.0.1:8097",
    unit: "URL",
    description: "Where readers of notices find the operator's pages.",
  }),
  ...remoteWriteSettings("monitor"),
} as const satisfies Settings;

export type MonitorConfig = Config<typeof monitorSettings>;
