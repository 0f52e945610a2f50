import { type AggregatorOptions, createAggregator, createLakeMaintenance } from "@footfall/aggregator";
import type { AgentFile } from "@footfall/agent";
import type { Clock, Random } from "@footfall/base";
import { type CollectorBounds, createCollector, freeDiskBytes } from "@footfall/collector";
import { createConsole, servedModelReader } from "@footfall/console";
import { type Lake, openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import type { SpoolStore } from "@footfall/log/spool";
import type { LogIndex } from "@footfall/log-index";
import type { AlertSettings, MonitorPace, RemoteWriteTarget } from "@footfall/monitor";
import { createRecommender, type RecommenderOptions } from "@footfall/recommender";
import {
  createMetricsRegistry,
  type FollowedWriteKeys,
  logObserver,
  type LogObserver,
  type Logger,
  measureStorage,
  pageKeyOf,
  type Registry,
  type Service,
  startServer,
  storageFolders,
  type WriteKeys,
} from "@footfall/runtime";
import { openModelStore } from "@footfall/models";
import { createStorefront } from "@footfall/storefront";
import { openTelemetry, type Telemetry, type TelemetryOptions } from "./telemetry.ts";

const rankingNames = [
  "catalogueSources",
  "catalogueItemsMax",
  "placements",
  "historySpanMs",
  "visitorsMax",
  "liveClicksMax",
  "trendingItemsMax",
  "halfLifeMs",
] as const;
const telemetryNames = ["samplesRetentionMs", "indexRetentionMs", "bodyBytesMax"] as const;
const aggregationNames = [
  "commitIntervalMs",
  "deriveIntervalMs",
  "idleTimeoutMs",
  "outOfOrderMs",
  "dedupIndexMax",
] as const;

type ServiceBounds = Partial<CollectorBounds> &
  Pick<RecommenderOptions, (typeof rankingNames)[number]> &
  Pick<TelemetryOptions, (typeof telemetryNames)[number]> &
  Pick<AggregatorOptions, (typeof aggregationNames)[number]>;

/** What is absent has the default of its service. */
export interface StandaloneOptions extends ServiceBounds {
  /** Holds the lake, the log and the models; see `storageFolders`. */
  readonly storageDir: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Of the console and metrics; see `ServerOptions`. */
  readonly operatorHost?: string;
  readonly operatorHostNames?: string;
  readonly operatorPort?: number;
  /** Fixed ones, or what begins to follow those that may change. */
  readonly keys: WriteKeys | ((registry: Registry) => Promise<FollowedWriteKeys>);
  /** Opens the log; the standalone process closes it. */
  readonly openLog: (options: LogOptions) => Promise<EventLog>;
  /** Opens what events are spooled to while the log is away; undefined, or absent, for a log on the local disk. */
  readonly openSpoolStore?: (folder: string) => Promise<ClosableSpoolStore | undefined>;
  /** Opens the text index of service logs. Without it there are neither logs, nor metrics in the lake, nor alerts. */
  readonly openLogIndex?: (folder: string) => LogIndex;
  /** What is read and scraped beside what is sent over OTLP and this process's own metrics. */
  readonly agentFile?: AgentFile;
  /** Without it nothing is judged. */
  readonly alerts?: Omit<AlertSettings, "externalUrl">;
  readonly monitorPace?: MonitorPace;
  /** Who gets the samples of topic `metrics`, beside the lake. */
  readonly remoteWriteTarget?: RemoteWriteTarget;
  /** What `/t.js` serves: its bytes, or the file that holds them. */
  readonly trackerScript: Buffer | string;
  /** A log that has not answered for longer shows in health. Default 15,000. */
  readonly logSilentAfterMs?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** That write the lake. Default 1: the other processor is for who asks. */
  readonly lakeThreads?: number;
  /** Where readers of notices find the operator's pages. Empty or absent: `operatorUrl`. */
  readonly externalUrl?: string;
}

export interface ClosableSpoolStore extends SpoolStore {
  close(): Promise<void>;
}

export interface LogOptions extends LogObserver {
  readonly folder: string;
  readonly clientId: string;
  readonly clock: Clock;
  /** After this long without a sign of life a group's member loses its partitions. */
  readonly sessionTimeoutMs: number;
}

export interface Standalone {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** The console, and what else operators look at. */
  readonly operatorUrl: string;
  readonly registry: Registry;
  /**
   * Takes no new request, lets each service end in reverse order of the flow (the aggregator last: it commits what it
   * has), then closes lake and log.
   */
  stop(): Promise<void>;
}

/** Nobody shares the groups of this process: what a killed one held must not stay held long after its restart. */
const groupLeaseMs = 2_000;

/** Links of the console, which has an address of its own. */
function linksTo(url: string) {
  return [
    { label: "Shop", href: `${url}/shop` },
    { label: "API", href: `${url}/docs` },
    { label: "Event schema", href: `${url}/openapi.json` },
    { label: "Metrics", href: "/metrics" },
    { label: "Health", href: "/health" },
  ];
}

type Closing = () => Promise<void>;

/** Runs the whole product in one process on one public port. Survives kill -9 at any moment: all state is on disk. */
export async function startStandalone(options: StandaloneOptions): Promise<Standalone> {
  const folders = storageFolders(options.storageDir);
  const { clock, random, logger } = options;
  const opened: Closing[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.reverse()) await close();
  };
  try {
    const registry = createMetricsRegistry();
    measureStorage(registry, folders);
    const { log, spoolStore } = await openLogs(options, registry, opened);
    const lake = await openTables(options, opened);
    const services: Service[] = [];
    const mount = async (creating: Promise<Service>): Promise<void> => {
      services.push(await creating);
    };
    opened.push(async () => {
      for (const service of services.reverse()) await service.stop();
    });
    const { logSilentAfterMs, trackerScript } = options;
    const common = { log, clock, random, logger, registry, ...(logSilentAfterMs && { logSilentAfterMs }) };
    const followed = typeof options.keys === "function" ? await options.keys(registry) : { keys: options.keys };
    const { keys } = followed;
    if ("service" in followed) services.push(followed.service);
    const onKeysChange = "onChange" in followed ? { onKeysChange: followed.onChange } : {};
    const pageKey = pageKeyOf(keys);
    let [url, operatorUrl] = ["", ""];
    await mount(
      createCollector({
        ...common,
        ...(spoolStore && { spoolStore }),
        keys,
        trackerScript,
        freeDiskBytes: () => freeDiskBytes(spoolStore ? folders.spool : folders.log),
        bounds: options,
      }),
    );
    services.unshift(await createAggregator({ ...common, lake, ...given(options, aggregationNames) }));
    services.push(createLakeMaintenance({ lake, clock, logger, registry, modelsFolder: folders.models }));
    const ranking = { ...given(options, rankingNames), modelsFolder: folders.models, defaultTenant: pageKey.tenant };
    await mount(createRecommender({ ...common, ...ranking, keys, ...onKeysChange }));
    const externalUrl = (): string => options.externalUrl || operatorUrl;
    const telemetry = await mountTelemetry(
      { ...options, externalUrl },
      { ...common, ...given(options, telemetryNames), lake, folders },
      opened,
    );
    services.unshift(...(telemetry?.services ?? []));
    await mount(createStorefront({ collectorUrl: "", recommenderUrl: "", writeKey: pageKey.key }));
    await mount(
      createConsole({
        ...common,
        lake,
        links: () => linksTo(url),
        servedModel: servedModelReader(openModelStore(folders.models, pageKey.tenant)),
        ...(telemetry?.logIndex && { logIndex: telemetry.logIndex }),
        problems: () => services.flatMap((service) => service.health().map((problem) => problem.message)),
      }),
    );
    const server = await startServer({ ...options, services, registry });
    ({ url, operatorUrl } = server);
    opened.pop();
    opened.push(() => server.close());
    let stopping: Promise<void> | undefined;
    return { url, port: server.port, operatorUrl, registry, stop: () => (stopping ??= closeAll()) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function mountTelemetry(
  {
    openLogIndex,
    agentFile = { hostMetrics: {} },
    alerts = { rules: [] },
    monitorPace = {},
    remoteWriteTarget,
    externalUrl,
  }: Omit<StandaloneOptions, "externalUrl"> & Pick<AlertSettings, "externalUrl">,
  common: Omit<TelemetryOptions, "openLogIndex" | "agentFile" | "alerts" | "monitorPace" | "remoteWriteTarget">,
  opened: Closing[],
): Promise<Telemetry | undefined> {
  if (!openLogIndex) return undefined;
  const telemetry = await openTelemetry({
    ...common,
    openLogIndex,
    agentFile,
    alerts: { ...alerts, externalUrl },
    monitorPace,
    ...(remoteWriteTarget && { remoteWriteTarget }),
  });
  // Closed after the services that write it, which the server stops first.
  opened.splice(opened.length - 1, 0, async () => telemetry.logIndex?.close());
  return telemetry;
}

async function openTables(
  { storageDir, clock, random, logger, lakeThreads = 1 }: StandaloneOptions,
  opened: Closing[],
): Promise<Lake> {
  const lake = await openLake({
    root: storageFolders(storageDir).tables,
    clock,
    random,
    threads: lakeThreads,
    onWarning: (error) => logger.warn({ error }, "lake"),
  });
  opened.push(() => lake.close());
  return lake;
}

async function openLogs(options: StandaloneOptions, registry: Registry, opened: Closing[]) {
  const { clock, logger } = options;
  const folders = storageFolders(options.storageDir);
  const log = await options.openLog({
    folder: folders.log,
    clientId: "footfall-standalone",
    clock,
    sessionTimeoutMs: groupLeaseMs,
    ...logObserver("standalone", logger, registry),
  });
  opened.push(() => log.close());
  const spoolStore = await options.openSpoolStore?.(folders.spool);
  if (spoolStore) opened.push(() => spoolStore.close());
  return { log, spoolStore };
}

/** Those of the options that are given. */
function given<Options extends object, Name extends keyof Options>(
  options: Options,
  names: readonly Name[],
): Pick<Options, Name> {
  const found = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]] as const);
  return Object.fromEntries(found) as Pick<Options, Name>;
}
