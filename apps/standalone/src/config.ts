import { agentSettings } from "@footfall/agent";
import { aggregatorSettings } from "@footfall/aggregator";
import { collectorSettings } from "@footfall/collector";
import { indexerSettings } from "@footfall/indexer";
import { monitorSettings } from "@footfall/monitor";
import { recommenderSettings } from "@footfall/recommender";
import { operatorPortSetting, setting, type Settings, settingsAs, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";

/** The settings of the one-process footing; those of its services bear its name. */
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
  ...settingsAs("standalone", collectorSettings, ["keysFile", "trackerScript"]),
  agentConfigFile: setting({
    variable: "FOOTFALL_STANDALONE_AGENT_CONFIG_FILE",
    schema: Type.String(),
    default: "",
    unit: "path",
    description: "YAML file of what is read and scraped (docs/logs.md, docs/metrics.md); empty: the host's metrics.",
  }),
  externalUrl: setting({
    variable: "FOOTFALL_STANDALONE_EXTERNAL_URL",
    schema: Type.String(),
    default: "",
    unit: "URL",
    description: "Where readers of notices find the operator's pages; empty: the operator's address itself.",
  }),
  ...settingsAs("standalone", monitorSettings, [
    "rulesFile",
    "noticesFile",
    "samplesRetentionMs",
    "remoteWriteUrl",
    "remoteWriteBearerToken",
    "remoteWriteUsername",
    "remoteWritePassword",
  ]),
  ...settingsAs("standalone", indexerSettings, ["indexRetentionMs"]),
  ...settingsAs("standalone", agentSettings, ["bodyBytesMax"]),
  ...settingsAs("standalone", recommenderSettings, [
    "cataloguesFile",
    "catalogueItemsMax",
    "placementsFile",
    "historySpanMs",
    "visitorsMax",
    "liveClicksMax",
    "trendingItemsMax",
    "trendingHalfLifeMs",
  ]),
  ...settingsAs("standalone", collectorSettings, [
    "inFlightBytesMax",
    "keyEventsPerSecondMax",
    "keyBytesPerSecondMax",
    "keyRejectedBytesPerSecondMax",
    "recentEventIdsMax",
    "diskFreeBytesMin",
    "clicksPartitions",
    "clicksRetentionMs",
    "rejectedRetentionMs",
    "clicksRetentionBytesMax",
    "rejectedRetentionBytesMax",
    "retentionIntervalMs",
    "spoolBytesMax",
    "slowAfterMs",
  ]),
  ...settingsAs("standalone", aggregatorSettings, [
    "commitIntervalMs",
    "deriveIntervalMs",
    "idleTimeoutMs",
    "outOfOrderMs",
    "dedupIndexMax",
    "lakeThreads",
  ]),
} as const satisfies Settings;
