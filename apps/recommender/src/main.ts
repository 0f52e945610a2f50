import { systemClock, type TenantId } from "@footfall/base";
import { openLog } from "@footfall/log/open";
import { logObserver, followWriteKeys, startApp } from "@footfall/runtime";
import { readCatalogueFiles } from "./catalogue-files.ts";
import { recommenderSettings } from "./config.ts";
import { createRecommender } from "./recommender.ts";

await startApp(
  "recommender",
  recommenderSettings,
  process.env,
  async ({ config, logger, registry, folders, opened }) => {
    const catalogueFiles = await readCatalogueFiles(config);
    const log = opened(
      await openLog({
        settings: config,
        folder: folders.log,
        clientId: "footfall-recommender",
        ...logObserver("recommender", logger, registry),
      }),
    );
    const followed = await followWriteKeys({ ...config, file: config.writeKeysFile, logger, registry });
    const service = await createRecommender({
      log,
      modelsFolder: folders.models,
      keys: followed.keys,
      onKeysChange: followed.onChange,
      defaultTenant: config.defaultTenant as TenantId,
      clock: systemClock,
      random: Math.random,
      logger,
      registry,
      logSilentAfterMs: config.logSilentAfterMs,
      historySpanMs: config.historySpanMs,
      visitorsMax: config.visitorsMax,
      liveClicksMax: config.liveClicksMax,
      trendingItemsMax: config.trendingItemsMax,
      halfLifeMs: config.trendingHalfLifeMs,
      catalogueItemsMax: config.catalogueItemsMax,
      ...catalogueFiles,
    });
    return [service, followed.service];
  },
);
