import { operatorPortSetting, setting, type Settings, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";

const { storageDir, host, operatorHost, operatorHostNames, logLevel } = sharedSettings;

/** The shop's settings; docs/config.md and .env.example are made of them. */
export const storefrontSettings = {
  storageDir,
  host,
  operatorHost,
  operatorHostNames,
  logLevel,
  port: setting({
    variable: "FOOTFALL_STOREFRONT_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8084,
    unit: "port",
    description: "Port to listen on; 0 takes a free one. The shop is at `/shop`.",
  }),
  operatorPort: operatorPortSetting("storefront", 8094),
  collectorUrl: setting({
    variable: "FOOTFALL_STOREFRONT_COLLECTOR_URL",
    schema: Type.String({ pattern: "^(https?://[^/]+)?$" }),
    default: "http://127.0.0.1:8081",
    unit: "URL",
    description: "Origin of the collector, as browsers reach it; empty where it shares the shop's.",
  }),
  recommenderUrl: setting({
    variable: "FOOTFALL_STOREFRONT_RECOMMENDER_URL",
    schema: Type.String({ pattern: "^(https?://[^/]+)?$" }),
    default: "http://127.0.0.1:8082",
    unit: "URL",
    description: "Origin of the recommender, as browsers reach it; empty where it shares the shop's.",
  }),
  writeKey: setting({
    variable: "FOOTFALL_STOREFRONT_WRITE_KEY",
    schema: Type.String({ pattern: "^([A-Za-z0-9_-]{4,128})?$" }),
    default: "",
    unit: "",
    description: "The shop's public write key, as it stands in its pages; empty: the page key of the storage folder.",
  }),
} as const satisfies Settings;
