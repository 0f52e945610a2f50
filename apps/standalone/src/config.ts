import { operatorPortSetting, setting, type Settings, sharedSettings } from "@footfall/runtime";
import { keyQuotaSettings } from "@footfall/collector";
import { remoteWriteSettings } from "@footfall/monitor";
import { catalogueSettings } from "@footfall/recommender";
import { Type } from "@sinclair/typebox";

const durationMs = Type.Integer({ minimum: 1, maximum: 86_400_000 });

/** The settings of the one-process footing; what is not here keeps the default of its service. */
export const standaloneSettings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_STANDALONE_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8080,
    unit: "port",
    description: "Port of everything: events, recommendations, shop; 0 takes a free one.",
  }),
  operatorPort: operatorPortSetting("standalone", 8090),
  keysFile: setting({
    variable: "FOOTFALL_STANDALONE_KEYS_FILE",
    schema: Type.String(),
    default: "",
    unit: "path",
    description:
      "JSON file of write keys, `[{key, tenant, origins, isHistoric?, …}]`; empty: `keys" +
      "/write-keys.json` in the storage folder, made at the first start.",
  }),
  trackerScript: setting({
    variable: "FOOTFALL_STANDALONE_TRACKER_SCRIPT",
    schema: Type.String({ minLength: 1 }),
    default: "./packages/tracker/dist/t.js",
    unit: "path",
    description: "The built tracker that `/t.js` serves.",
  }),
  agentConfigFile: setting({
    variable: "FOOTFALL_STANDALONE_AGENT_CONFIG_FILE",
    schema: Type.String(),
    default: "",
    unit: "path",
    description: "YAML file of what is read and scraped (docs/logs.md, docs/metrics.md); empty: the host's metrics.",
  }),
  rulesFile: setting({
    variable: "FOOTFALL_STANDALONE_RULES_FILE",
    schema: Type.String(),
    default: "deploy/alerts.yml",
    unit: "path",
    description: "Rules of alerts; empty for none.",
  }),
  noticesFile: setting({
    variable: "FOOTFALL_STANDALONE_NOTICES_FILE",
    schema: Type.String(),
    default: "",
    unit: "path",
    description: "Who is told of alerts: `route`, `inhibit_rules` and `receivers`; empty: nobody.",
  }),
  ...remoteWriteSettings("standalone"),
  ...catalogueSettings("standalone"),
  ...keyQuotaSettings("standalone"),
  commitIntervalMs: setting({
    variable: "FOOTFALL_STANDALONE_COMMIT_INTERVAL_MS",
    schema: durationMs,
    default: 1_000,
    unit: "ms",
    description: "How often the aggregator commits to the lake.",
  }),
  deriveIntervalMs: setting({
    variable: "FOOTFALL_STANDALONE_DERIVE_INTERVAL_MS",
    schema: durationMs,
    default: 5_000,
    unit: "ms",
    description: "Shortest time between two commits of sessions and of what late events touch.",
  }),
  idleTimeoutMs: setting({
    variable: "FOOTFALL_STANDALONE_IDLE_TIMEOUT_MS",
    schema: durationMs,
    default: 10_000,
    unit: "ms",
    description: "A partition without records for this long no longer holds windows open.",
  }),
  outOfOrderMs: setting({
    variable: "FOOTFALL_STANDALONE_OUT_OF_ORDER_MS",
    schema: durationMs,
    default: 10_000,
    unit: "ms",
    description: "How much later than its successors an event may come and still be in time for its window.",
  }),
} as const satisfies Settings;
