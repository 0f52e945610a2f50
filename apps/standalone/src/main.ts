import { systemClock } from "@footfall/base";
import { openLog, openSpoolStore } from "@footfall/log/open";
import { createLogger, demoWriteKeys, describeConfig, readConfig, readWriteKeys, runMain } from "@footfall/runtime";
import { standaloneSettings } from "./config.ts";
import { startStandalone } from "./standalone.ts";

await runMain(async () => {
  const config = readConfig("standalone", standaloneSettings, process.env);
  const logger = createLogger({ name: "standalone", level: config.logLevel });
  logger.info({ config: describeConfig(standaloneSettings, config) }, "starting");
  const running = await startStandalone({
    ...config,
    keys: config.keysFile === "" ? demoWriteKeys : await readWriteKeys(config.keysFile),
    openLog: (options) => openLog({ ...options, settings: config }),
    openSpoolStore: (folder) => openSpoolStore(config, folder),
    clock: systemClock,
    random: Math.random,
    logger,
  });
  logger.info({ url: running.url }, "listening");
  return { logger, running };
});
