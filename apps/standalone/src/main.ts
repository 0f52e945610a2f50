import { systemClock } from "@footfall/base";
import { readAgentFile } from "@footfall/agent";
import { openLog, openSpoolStore } from "@footfall/log/open";
import { EmbeddedLogIndex } from "@footfall/log-index/embedded";
import { readAlertFiles, readRemoteWriteTarget } from "@footfall/monitor";
import { readCatalogueFiles } from "@footfall/recommender";
import { createLogger, describeConfig, followWriteKeys, readConfig, runMain } from "@footfall/runtime";
import { standaloneSettings } from "./config.ts";
import { startStandalone } from "./standalone.ts";

await runMain(async () => {
  const config = readConfig("standalone", standaloneSettings, process.env);
  const logger = createLogger({ name: "standalone", level: config.logLevel });
  logger.info({ config: describeConfig(standaloneSettings, config) }, "starting");
  const remoteWriteTarget = readRemoteWriteTarget("standalone", config);
  const running = await startStandalone({
    ...config,
    halfLifeMs: config.trendingHalfLifeMs,
    keys: (registry) => followWriteKeys({ ...config, file: config.keysFile, logger, registry }),
    openLog: (options) => openLog({ ...options, settings: config }),
    openSpoolStore: (folder) => openSpoolStore(config, folder),
    openLogIndex: (folder) => EmbeddedLogIndex.open({ folder }),
    ...(await readCatalogueFiles(config)),
    alerts: await readAlertFiles(config),
    ...(remoteWriteTarget && { remoteWriteTarget }),
    ...(config.agentConfigFile !== "" && { agentFile: await readAgentFile(config.agentConfigFile) }),
    clock: systemClock,
    random: Math.random,
    logger,
  });
  logger.info({ url: running.url, operatorUrl: running.operatorUrl }, "listening");
  return { logger, running };
});
