import {
  createLogger,
  createMetricsRegistry,
  describeConfig,
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
  const { collectorUrl, recommenderUrl, writeKey, host, port } = config;
  const service = await createStorefront({ collectorUrl, recommenderUrl, writeKey });
  const server = await startServer({ services: [service], host, port, logger, registry: createMetricsRegistry() });
  logger.info({ url: `${server.url}/shop` }, "listening");
  return { logger, running: { stop: () => server.close() } };
});
