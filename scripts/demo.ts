import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError, seededRandom, systemClock } from "@footfall/base";
import type { Standalone } from "@footfall/standalone";
import { program } from "commander";
import { prepareFirstStart } from "./demo/first-start.ts";
import { type Fault, openFault } from "./demo/fault/open-fault.ts";
import { playFault } from "./demo/fault/play-fault.ts";
import { brokerVersions, startOwnBroker } from "./demo/own-broker.ts";
import { createShopVisitors, startLiveShoppers } from "./demo/shop-visitors.ts";
import { runSmoke } from "./demo/smoke.ts";
import { startDemoServer } from "./demo/start-demo.ts";

/** `npm run demo`: the whole product with simulated shoppers in one process; `--smoke` checks itself and ends. */
interface Options {
  readonly port: number;
  readonly data?: string;
  readonly seed: number;
  readonly shoppers: number;
  readonly smoke?: boolean;
  readonly json?: boolean;
  readonly kafka?: boolean;
  readonly kafkaVersion: string;
  readonly fault?: boolean;
}

const options = program
  .name("npm run demo --")
  .description("Runs shop, services and simulated shoppers in one process on one port.")
  .option("--port <number>", "port of everything; 0 takes a free one", Number, 8080)
  .option("--data <folder>", "where lake, log and models go (default: ./datalake; with --smoke a temporary folder)")
  .option("--seed <number>", "another seed, other shoppers", Number, 1)
  .option("--shoppers <number>", "simulated shoppers in the shop at a time", Number, 20)
  .option("--kafka", "keep the log in a Kafka broker that is started for it (needs Java and Maven)")
  .option("--kafka-version <version>", `release of that broker; tried: ${brokerVersions.join(", ")}`, brokerVersions[0])
  .option("--fault", "with a Kafka broker: slows and stops a collector, to watch alerts fire, be told and end")
  .option("--smoke", "send events, follow them to a recommendation, do the sums, end")
  .option("--json", "with --smoke: the account as one JSON object on the last line")
  .parse()
  .opts<Options>();

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Runs `use` with a broker of its own where one is asked for. */
async function withBroker<T>(data: string, use: (kafkaBrokers?: string) => Promise<T>): Promise<T> {
  if (!options.kafka && !options.fault) return use();
  say("Starting Kafka …");
  const broker = await startOwnBroker(data, options.kafkaVersion);
  try {
    return await use(broker.address);
  } finally {
    await broker.stop();
  }
}

async function smoke(): Promise<number> {
  const { data, seed, json } = options;
  const storageDir = data ?? (await mkdtemp(join(tmpdir(), "footfall-smoke-")));
  try {
    const report = await withBroker(storageDir, (kafkaBrokers) =>
      runSmoke({ storageDir, seed, visits: 500, onStage: say, ...(kafkaBrokers && { kafkaBrokers }) }),
    );
    for (const problem of report.problems) say(`does not add up: ${problem}`);
    console.log(json ? JSON.stringify(report) : JSON.stringify(report, undefined, 2));
    return report.ok ? 0 : 1;
  } finally {
    if (data === undefined) await rm(storageDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function demo(data: string, kafkaBrokers?: string): Promise<void> {
  if (!options.fault || kafkaBrokers === undefined) return liveDemo(data, kafkaBrokers);
  const fault = await openFault(data, kafkaBrokers, say);
  try {
    await liveDemo(data, kafkaBrokers, fault);
  } finally {
    await fault.end();
  }
}

async function liveDemo(data: string, kafkaBrokers?: string, fault?: Fault): Promise<void> {
  const { port, seed, shoppers } = options;
  const random = seededRandom(seed);
  const server = await startDemoServer({
    storageDir: data,
    port,
    ...(kafkaBrokers && { kafkaBrokers }),
    ...fault?.settings,
    random: Math.random,
    commitIntervalMs: 1_000,
    deriveIntervalMs: 3_000,
    idleTimeoutMs: 5_000,
  });
  const ending = new AbortController();
  const ended = new Promise<void>((resolve) => ending.signal.addEventListener("abort", () => resolve()));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => (ending.signal.aborted ? process.exit(130) : ending.abort()));
  }
  try {
    const visitors = createShopVisitors(random);
    await Promise.race([ended, prepareFirstStart({ url: server.url, storageDir: data, visitors, random, say })]);
    if (ending.signal.aborted) return;
    let failures = 0;
    const crowd = startLiveShoppers({
      url: server.url,
      ...(fault && { collectorUrl: fault.collector.url }),
      visitors,
      size: shoppers,
      clock: systemClock,
      // Ids must differ from those of an earlier run with the same seed.
      random: seededRandom(seed + systemClock()),
      onError: (error) => {
        failures += 1;
        if (failures === 1)
          say(`A shopper's request failed: ${error instanceof Error ? error.message : String(error)}`);
      },
    });
    printScreen(server, data, shoppers);
    if (fault) await playFault({ ...fault, operatorUrl: server.operatorUrl, say, signal: ending.signal });
    await ended;
    say("\nSending the shoppers home and closing …");
    await crowd.stop();
  } finally {
    await server.stop();
  }
}

async function run(): Promise<number> {
  if (options.smoke) return smoke();
  const { data = "./datalake" } = options;
  await withBroker(data, (kafkaBrokers) => demo(data, kafkaBrokers));
  return 0;
}

function printScreen({ url, operatorUrl }: Standalone, data: string, shoppers: number): void {
  console.log(`
  Footfall is running, with ${shoppers} simulated shoppers in the shop.

    ${url}/shop     the shop: open a product, look at "Similar items", click one, watch "For you" change
    ${url}/docs     the API
    ${operatorUrl}/         for operators, on this machine only: events as they flow, counters, lag, lake, model
    ${operatorUrl}/logs     what the services log, to search
    ${operatorUrl}/charts   their metrics, and ${operatorUrl}/alerts
    ${operatorUrl}/metrics  metrics for Prometheus

  Try it from a shell:
    curl '${url}/recommendations?key=demo&visitorId=me&limit=5'
    npm run lake -- sql "select event_name, sum(events) from item_windows group by 1"
    npm run retrain -- --storage ${data}   # learn from what the shoppers did; the served model changes by itself

  Data is in ${data}. Ctrl-C ends everything.
`);
}

run().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error instanceof AppError ? `${error.code}: ${error.message}` : error);
    process.exit(1);
  },
);
