import { type Config, operatorPortSetting, setting, type Settings, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";

/** Settings of the agent; what it reads is in the file that one of them names. */
export const agentSettings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_AGENT_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 4318,
    unit: "port",
    description: "Port of `/v1/logs` and `/v1/metrics` (OTLP/HTTP); 0 takes a free one.",
  }),
  operatorPort: operatorPortSetting("agent", 8095),
  configFile: setting({
    variable: "FOOTFALL_AGENT_CONFIG_FILE",
    schema: Type.String(),
    default: "",
    unit: "path",
    description: "YAML file that says which log files and metrics are read; empty: only what is sent to it.",
  }),
  bodyBytesMax: setting({
    variable: "FOOTFALL_AGENT_BODY_BYTES_MAX",
    schema: Type.Integer({ minimum: 1_024, maximum: 1_073_741_824 }),
    default: 8_388_608,
    unit: "bytes",
    description: "Longest body of an OTLP request, unpacked.",
  }),
} as const satisfies Settings;

export type AgentConfig = Config<typeof agentSettings>;
