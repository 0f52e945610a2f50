import {
  createLogger,
  createMetricsRegistry,
  describeConfig,
  openWriteKeys,
  pageKeyOf,
  readConfig,
  runMain,
  startServer,
} from "@footfall/runtime";
import { storefrontSettings } from "./config.ts";
import { createStorefront } from "./storefront.ts";

await runMain(async () => {
  const config = readConfig("storefront", storefrontSettings, process.env);
  const logger = createLogger({ name: "storefront", level: config.logLevel });
  logger.info({ config: describeConfig(storefrontSettings, config) }, "starting");
  const { collectorUrl, recommenderUrl } = config;
  const writeKey = config.writeKey || pageKeyOf(await openWriteKeys({ ...config, file: "", logger })).key;
  const service = await createStorefront({ collectorUrl, recommenderUrl, writeKey });
  const server = await startServer({ ...config, services: [service], logger, registry: createMetricsRegistry() });
  logger.info({ url: `${server.url}/shop`, operatorUrl: server.operatorUrl }, "listening");
  return { logger, running: { stop: () => server.close() } };
});
