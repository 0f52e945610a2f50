import { systemClock } from "@footfall/base";
import { openEmbeddedLog } from "@footfall/log/embedded";
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
    openLog: openEmbeddedLog,
    clock: systemClock,
    random: Math.random,
    logger,
  });
  logger.info({ url: running.url }, "listening");
  return { logger, running };
});
