import { openWriteKeys, pageKeyOf, startApp } from "@footfall/runtime";
import { storefrontSettings } from "./config.ts";
import { createStorefront } from "./storefront.ts";

await startApp("storefront", storefrontSettings, process.env, async ({ config, logger }) => {
  const { collectorUrl, recommenderUrl } = config;
  const writeKey = config.writeKey || pageKeyOf(await openWriteKeys({ ...config, file: "", logger })).key;
  const service = await createStorefront({ collectorUrl, recommenderUrl, writeKey });
  return [service];
});
