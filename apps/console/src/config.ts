import { operatorPortSetting, setting, type Settings, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";

/** Settings of the console as a process of its own. */
export const consoleSettings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_CONSOLE_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8088,
    unit: "port",
    description: "Port of `/livez` and `/readyz`; 0 takes a free one.",
  }),
  operatorPort: operatorPortSetting("console", 8098),
  monitorUrl: setting({
    variable: "FOOTFALL_CONSOLE_MONITOR_URL",
    schema: Type.String({ pattern: "^(https?://[^/]+)?$" }),
    default: "http://127.0.0.1:8097",
    unit: "URL",
    description: "Operator's address of the monitor, which pages Metrics and Alerts ask; empty for none.",
  }),
  tenant: setting({
    variable: "FOOTFALL_CONSOLE_TENANT",
    schema: Type.String({ pattern: "^[a-z0-9-]{1,64}$" }),
    default: "demo",
    unit: "",
    description: "Whose served model page Flow shows.",
  }),
} as const satisfies Settings;
