import { type Config, operatorPortSetting, setting, type Settings, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";

/** Where catalogues and placements come from; one process that runs every app has its own. */
function catalogueSettings(app: "recommender" | "standalone") {
  const name = app.toUpperCase();
  return {
    cataloguesFile: setting({
      variable: `FOOTFALL_${name}_CATALOGUES_FILE`,
      schema: Type.String(),
      default: "",
      unit: "path",
      description:
        "YAML file of the tables that hold the shops' catalogues (docs/recommendations.md); empty: no catalogue, no filters.",
    }),
    catalogueItemsMax: setting({
      variable: `FOOTFALL_${name}_CATALOGUE_ITEMS_MAX`,
      schema: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
      default: 1_000_000,
      unit: "items",
      description: "Items held of a shop's catalogue; further ones are refused and told.",
    }),
    placementsFile: setting({
      variable: `FOOTFALL_${name}_PLACEMENTS_FILE`,
      schema: Type.String(),
      default: "",
      unit: "path",
      description: "YAML file of what placements ask by default, and what shops deny; empty: nothing.",
    }),
  } as const satisfies Settings;
}

/** What an operator may set. */
export const recommenderSettings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_RECOMMENDER_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8082,
    unit: "port",
    description: "Port of the recommendation API; 0 takes a free one.",
  }),
  operatorPort: operatorPortSetting("recommender", 8092),
  writeKeysFile: setting({
    variable: "FOOTFALL_RECOMMENDER_WRITE_KEYS_FILE",
    schema: Type.String(),
    default: "",
    unit: "path",
    description:
      "JSON file of write keys, `[{key, tenant, origins, isHistoric?}]`; empty: `keys" +
      "/write-keys.json` in the storage folder, made at the first start.",
  }),
  defaultTenant: setting({
    variable: "FOOTFALL_RECOMMENDER_DEFAULT_TENANT",
    schema: Type.String({ pattern: "^[a-z0-9-]{1,64}$" }),
    default: "demo",
    unit: "",
    description: "The shop that answers requests without a key.",
  }),
  historySpanMs: setting({
    variable: "FOOTFALL_RECOMMENDER_HISTORY_SPAN_MS",
    schema: Type.Integer({ minimum: 0, maximum: 30 * 86_400_000 }),
    default: 86_400_000,
    unit: "ms",
    description: "How far back the log is read at the start, so that the visitors' last clicks are known.",
  }),
  visitorsMax: setting({
    variable: "FOOTFALL_RECOMMENDER_VISITORS_MAX",
    schema: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
    default: 100_000,
    unit: "visitors",
    description: "Visitors of a shop whose last items are held; the one not seen for longest gives way.",
  }),
  liveClicksMax: setting({
    variable: "FOOTFALL_RECOMMENDER_LIVE_CLICKS_MAX",
    schema: Type.Integer({ minimum: 1_000, maximum: 10_000_000 }),
    default: 100_000,
    unit: "clicks",
    description: "A session of a shop takes part in answers until so many clicks have come after its last one.",
  }),
  trendingItemsMax: setting({
    variable: "FOOTFALL_RECOMMENDER_TRENDING_ITEMS_MAX",
    schema: Type.Integer({ minimum: 10, maximum: 100_000 }),
    default: 2_000,
    unit: "items",
    description: "Items of a shop counted as trending; when there are more, the lighter half gives way.",
  }),
  trendingHalfLifeMs: setting({
    variable: "FOOTFALL_RECOMMENDER_TRENDING_HALF_LIFE_MS",
    schema: Type.Integer({ minimum: 1_000, maximum: 30 * 86_400_000 }),
    default: 21_600_000,
    unit: "ms",
    description: "After this long an interaction counts half in what is trending.",
  }),
  ...catalogueSettings("recommender"),
} as const satisfies Settings;

export type RecommenderConfig = Config<typeof recommenderSettings>;
