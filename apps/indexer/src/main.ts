import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { openLog } from "@footfall/log/open";
import { EmbeddedLogIndex } from "@footfall/log-index/embedded";
import { logObserver, startApp } from "@footfall/runtime";
import { indexerSettings } from "./config.ts";
import { createIndexer } from "./create-indexer.ts";

await startApp("indexer", indexerSettings, process.env, async ({ config, logger, registry, folders, opened }) => {
  const log = opened(
    await openLog({
      settings: config,
      folder: folders.log,
      clientId: "footfall-indexer",
      ...logObserver("indexer", logger, registry),
    }),
  );
  const lake = opened(
    await openLake({
      root: folders.tables,
      clock: systemClock,
      threads: 1,
      onWarning: (error) => logger.warn({ error }, "lake"),
    }),
  );
  const index = opened(EmbeddedLogIndex.open({ folder: folders.logIndex }));
  const indexer = await createIndexer({ ...config, log, lake, index, clock: systemClock, logger, registry });
  return [indexer];
});
