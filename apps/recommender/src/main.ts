import { systemClock, type TenantId } from "@footfall/base";
import { openLog } from "@footfall/log/open";
import {
  createLogger,
  createMetricsRegistry,
  describeConfig,
  logObserver,
  openWriteKeys,
  readConfig,
  runMain,
  startServer,
  storageFolders,
} from "@footfall/runtime";
import { readCatalogueFiles } from "./catalogue-files.ts";
import { recommenderSettings } from "./config.ts";
import { createRecommender } from "./recommender.ts";

await runMain(async () => {
  const config = readConfig("recommender", recommenderSettings, process.env);
  const logger = createLogger({ name: "recommender", level: config.logLevel });
  logger.info({ config: describeConfig(recommenderSettings, config) }, "starting");
  const catalogueFiles = await readCatalogueFiles(config);
  const folders = storageFolders(config.storageDir);
  const registry = createMetricsRegistry();
  const log = await openLog({
    settings: config,
    folder: folders.log,
    clientId: "footfall-recommender",
    ...logObserver("recommender", logger, registry),
  });
  const service = await createRecommender({
    log,
    modelsFolder: folders.models,
    keys: await openWriteKeys({ ...config, file: config.writeKeysFile, logger }),
    defaultTenant: config.defaultTenant as TenantId,
    clock: systemClock,
    random: Math.random,
    logger,
    registry,
    historySpanMs: config.historySpanMs,
    visitorsMax: config.visitorsMax,
    trendingItemsMax: config.trendingItemsMax,
    halfLifeMs: config.trendingHalfLifeMs,
    catalogueItemsMax: config.catalogueItemsMax,
    ...catalogueFiles,
  });
  const server = await startServer({ ...config, services: [service], logger, registry });
  logger.info({ url: server.url, operatorUrl: server.operatorUrl }, "listening");
  return {
    logger,
    running: {
      stop: async () => {
        await server.close();
        await log.close();
      },
    },
  };
});
