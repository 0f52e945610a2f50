import { systemClock } from "@footfall/base";
import { openLog } from "@footfall/log/open";
import {
  createLogger,
  createMetricsRegistry,
  describeConfig,
  logObserver,
  readConfig,
  runMain,
  startServer,
  storageFolders,
} from "@footfall/runtime";
import { readAgentFile } from "./agent-file.ts";
import { agentSettings } from "./config.ts";
import { createAgent } from "./create-agent.ts";

await runMain(async () => {
  const config = readConfig("agent", agentSettings, process.env);
  const file = config.configFile === "" ? {} : await readAgentFile(config.configFile);
  const logger = createLogger({ name: "agent", level: config.logLevel });
  logger.info({ config: describeConfig(agentSettings, config) }, "starting");
  const registry = createMetricsRegistry();
  const folders = storageFolders(config.storageDir);
  const log = await openLog({
    settings: config,
    folder: folders.log,
    clientId: "footfall-agent",
    ...logObserver("agent", logger, registry),
  });
  const { bodyBytesMax } = config;
  const common = { log, clock: systemClock, random: Math.random, logger, registry };
  const agent = await createAgent({ ...common, file, folder: folders.agent, bodyBytesMax });
  const server = await startServer({ ...config, services: [agent], logger, registry });
  logger.info({ url: server.url, operatorUrl: server.operatorUrl }, "listening");
  return {
    logger,
    running: {
      async stop() {
        await server.close();
        await log.close();
      },
    },
  };
});
