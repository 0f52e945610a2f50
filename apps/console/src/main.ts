import { systemClock, type TenantId } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { openLog } from "@footfall/log/open";
import { EmbeddedLogIndex } from "@footfall/log-index/embedded";
import { openModelStore } from "@footfall/models";
import { logObserver, startApp } from "@footfall/runtime";
import { consoleSettings } from "./config.ts";
import { createConsole } from "./console.ts";
import { servedModelReader } from "./served-model.ts";

await startApp("console", consoleSettings, process.env, async ({ config, logger, registry, folders, opened }) => {
  const log = opened(
    await openLog({
      settings: config,
      folder: folders.log,
      clientId: "footfall-console",
      ...logObserver("console", logger, registry),
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
  const logIndex = opened(EmbeddedLogIndex.open({ folder: folders.logIndex, isReader: true }));
  const service = await createConsole({
    log,
    lake,
    logIndex,
    registry,
    clock: systemClock,
    logSilentAfterMs: config.logSilentAfterMs,
    monitorUrl: config.monitorUrl,
    links: () => [
      { label: "Metrics", href: "/metrics" },
      { label: "Health", href: "/health" },
    ],
    servedModel: servedModelReader(openModelStore(folders.models, config.tenant as TenantId)),
  });
  return [service];
});
