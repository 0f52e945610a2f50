import { systemClock } from "@footfall/base";
import { openLog } from "@footfall/log/open";
import { logObserver, startApp } from "@footfall/runtime";
import { readAgentFile } from "./agent-file.ts";
import { agentSettings } from "./config.ts";
import { createAgent } from "./create-agent.ts";

await startApp("agent", agentSettings, process.env, async ({ config, logger, registry, folders, opened }) => {
  const file = config.configFile === "" ? {} : await readAgentFile(config.configFile);
  const log = opened(
    await openLog({
      settings: config,
      folder: folders.log,
      clientId: "footfall-agent",
      ...logObserver("agent", logger, registry),
    }),
  );
  const { bodyBytesMax } = config;
  const common = { log, clock: systemClock, random: Math.random, logger, registry };
  const agent = await createAgent({ ...common, file, folder: folders.agent, bodyBytesMax });
  return [agent];
});
