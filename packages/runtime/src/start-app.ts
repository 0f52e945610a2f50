import { type AppName, type Config, describeConfig, readConfig, type Settings, type sharedSettings } from "./config.ts";
import { startServer } from "./http-server.ts";
import { createLogger, type Logger } from "./logger.ts";
import { createMetricsRegistry, type Registry } from "./metrics.ts";
import { runMain } from "./run-main.ts";
import type { Service } from "./service.ts";
import { type StorageFolders, storageFolders } from "./storage-folders.ts";
import { measureStorage } from "./storage-metrics.ts";

type ServerSettings = Settings &
  Pick<typeof sharedSettings, "storageDir" | "host" | "operatorHost" | "operatorHostNames" | "logLevel"> &
  Record<"port" | "operatorPort", Settings[string]>;

/** What an app's services are made of. */
export interface AppContext<S extends Settings> {
  readonly config: Config<S>;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly folders: StorageFolders;
  /** Has something closed when the app ends, after its services: what was opened last first. */
  readonly opened: <Part extends { close(): Promise<void> | void }>(part: Part) => Part;
}

/**
 * An app as a process: reads its settings from its environment, makes its services, serves them, and on a signal ends
 * them and what they stand on. For `main.ts` alone.
 * @param create  the services, in the order of `startServer`; what it opens, it hands to `opened`
 */
export function startApp<S extends ServerSettings>(
  name: AppName,
  settings: S,
  environment: Readonly<Record<string, string | undefined>>,
  create: (context: AppContext<S>) => Promise<readonly Service[]>,
): Promise<void> {
  return runMain(async () => {
    const config = readConfig(name, settings, environment);
    const { logLevel, storageDir, ...server } = config as Config<ServerSettings> & {
      port: number;
      operatorPort: number;
    };
    const logger = createLogger({ name, level: logLevel });
    logger.info({ config: describeConfig(settings, config) }, "starting");
    const registry = createMetricsRegistry();
    const parts: { close(): Promise<void> | void }[] = [];
    const opened: AppContext<S>["opened"] = (part) => {
      parts.push(part);
      return part;
    };
    const folders = storageFolders(storageDir);
    measureStorage(registry, folders);
    const services = await create({ config, logger, registry, folders, opened });
    const { url, operatorUrl, close } = await startServer({ ...server, services, logger, registry });
    logger.info({ url, operatorUrl }, "listening");
    return {
      logger,
      running: {
        async stop() {
          await close();
          for (const part of parts.reverse()) await part.close();
        },
      },
    };
  });
}
