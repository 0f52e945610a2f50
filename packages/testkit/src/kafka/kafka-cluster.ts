import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "@footfall/base";
import { installRequestQueueTimer } from "@footfall/log/kafka";
import { Kafka, logLevel } from "kafkajs";
import { areFree, freePorts } from "../free-ports.ts";
import { waitFor } from "../wait-for.ts";
import {
  type BrokerPlace,
  endOf,
  isBroker,
  logTail,
  prepareBroker,
  startBroker,
  stopBroker,
} from "./broker-process.ts";
import type { BrokerPorts, ExtraSettings } from "./broker-settings.ts";
import { kafkaJars } from "./kafka-jars.ts";

export interface KafkaClusterOptions {
  /** Jars are fetched into this folder and kept there. */
  readonly jarsFolder: string;
  /** Holds this cluster's settings, data and logs. */
  readonly folder: string;
  readonly version: string;
  readonly brokers: number;
  /** Added to, or in place of, the settings of a broker: further listeners, shorter time-outs. */
  readonly settings?: ExtraSettings;
  /** Whether a stopped cluster whose ports others have taken may get new ones. Default true. */
  readonly mayMove?: boolean;
}

export interface RunningBroker extends BrokerPorts {
  readonly pid: number;
}

/** What `cluster.json` says. A stopped cluster keeps its identity, data and, where still free, ports. */
export interface KafkaCluster {
  readonly clusterId: string;
  readonly version: string;
  readonly brokers: readonly RunningBroker[];
}

const startMaxMs = 90_000;

/**
 * Starts a cluster on the loopback, on free ports, or what of it does not run. It lives on when this process ends.
 * @throws AppError TOOL_MISSING; LOG_UNAVAILABLE  a broker does not start; CONFIG_INVALID  the folder holds a cluster
 *   of another release or size, or its ports are taken and it may not move
 */
export async function startKafka(options: KafkaClusterOptions): Promise<KafkaCluster> {
  const folder = resolve(options.folder);
  const known = await readCluster(folder);
  if (known) requireSame(known, options);
  const running = new Map(
    known && (await runningBrokers(known, folder)).map(({ nodeId, pid }) => [nodeId, pid] as const),
  );
  if (known && running.size === known.brokers.length) return known;
  const jarsFolder = resolve(await kafkaJars(options.jarsFolder, options.version));
  const clusterId = known?.clusterId ?? newClusterId();
  // Who runs stays where it is, and who has died comes back where it was, if it can: others know where to find it.
  const staysInPlace = known && (running.size > 0 || (await hasItsPorts(known)));
  if (known && !staysInPlace && options.mayMove === false) throw portsTaken(known);
  const ports = staysInPlace ? known.brokers : await portsOf(options.brokers);
  const placeOf = ({ nodeId, port, controllerPort }: BrokerPorts): BrokerPlace => ({
    ports: { nodeId, port, controllerPort },
    folder: brokerFolder(folder, nodeId),
    jarsFolder,
    version: options.version,
  });
  const places = ports.map(placeOf);
  const missing = places.filter((place) => !running.has(place.ports.nodeId));
  await Promise.all(missing.map((place) => prepareBroker(place, ports, clusterId, options.settings)));
  // Nothing waits from here until the file names them: a broker that it does not name could not be stopped.
  const started = new Map(missing.map((place) => [place.ports.nodeId, startBroker(place)] as const));
  const brokers = places.map(({ ports: broker }) => ({
    ...broker,
    pid: running.get(broker.nodeId) ?? started.get(broker.nodeId)!.pid!,
  }));
  const cluster: KafkaCluster = { clusterId, version: options.version, brokers };
  await writeFile(clusterPath(folder), `${JSON.stringify(cluster, null, 2)}\n`);
  try {
    await waitUntilReady(cluster, folder, started);
  } catch (error) {
    await stopKafka(folder);
    throw error;
  }
  return cluster;
}

/** Stops the cluster's brokers. @returns how many were running */
export async function stopKafka(folder: string): Promise<number> {
  const path = resolve(folder);
  const cluster = await readCluster(path);
  const running = cluster ? await runningBrokers(cluster, path) : [];
  await Promise.all(running.map(({ nodeId, pid }) => stopBroker(pid, brokerFolder(path, nodeId))));
  return running.length;
}

/** Removes what a stopped cluster has left: its data too. */
export async function wipeKafka(folder: string): Promise<void> {
  await rm(resolve(folder), { recursive: true, force: true });
}

/** What clients connect to first. */
export function bootstrapServers({ brokers }: KafkaCluster): string[] {
  return brokers.map(({ port }) => `127.0.0.1:${port}`);
}

async function readCluster(folder: string): Promise<KafkaCluster | undefined> {
  if (!existsSync(clusterPath(folder))) return undefined;
  return JSON.parse(await readFile(clusterPath(folder), "utf8")) as KafkaCluster;
}

function hasItsPorts({ brokers }: KafkaCluster): Promise<boolean> {
  return areFree(brokers.flatMap(({ port, controllerPort }) => [port, controllerPort]));
}

function portsTaken({ brokers }: KafkaCluster): AppError {
  const ports = brokers.flatMap(({ port, controllerPort }) => [port, controllerPort]).join(", ");
  return new AppError(
    "CONFIG_INVALID",
    `The brokers had ports ${ports}, and another program has one of them now. End it (\`ss -ltnp\` names it), or start ` +
      "with new ports and set FOOTFALL_KAFKA_BROKERS anew: npm run kafka:up -- --new-ports",
  );
}

function requireSame(known: KafkaCluster, { folder, version, brokers }: KafkaClusterOptions): void {
  if (known.version === version && known.brokers.length === brokers) return;
  throw new AppError(
    "CONFIG_INVALID",
    `${folder} holds a cluster of ${known.brokers.length} broker(s) of Kafka ${known.version}, not ${brokers} of ` +
      `${version}. Stop it and remove its data first: npm run kafka:down -- --wipe`,
  );
}

async function runningBrokers({ brokers }: KafkaCluster, folder: string): Promise<RunningBroker[]> {
  const isRunning = await Promise.all(brokers.map(({ pid, nodeId }) => isBroker(pid, brokerFolder(folder, nodeId))));
  return brokers.filter((_, at) => isRunning[at]);
}

/** All brokers answer, and it is this cluster that answers: another process may have taken a port meanwhile. */
async function waitUntilReady(
  cluster: KafkaCluster,
  folder: string,
  started: ReadonlyMap<number, ChildProcess>,
): Promise<void> {
  const ends = (): string[] =>
    [...started].flatMap(([nodeId, broker]) => {
      const end = endOf(broker);
      return end === undefined ? [] : [`broker ${nodeId} ended with ${end}`];
    });
  let ready = false;
  const isOver = async (): Promise<boolean> => {
    if (ends().length > 0) return true;
    ready = (await Promise.all(cluster.brokers.map((broker) => answers(cluster, broker)))).every(Boolean);
    return ready;
  };
  const what = "the brokers to answer";
  await waitFor(isOver, { deadlineMs: startMaxMs, intervalMs: 200, what }).catch(() => {});
  if (ready) return;
  const tails = await Promise.all(cluster.brokers.map(({ nodeId }) => logTail(brokerFolder(folder, nodeId))));
  const why = ends().join(", ") || `no answer within ${startMaxMs / 1000} s`;
  throw new AppError(
    "LOG_UNAVAILABLE",
    `Kafka did not start: ${why}. Its log in ${folder} ends with:\n${tails.join("\n")}`,
  );
}

installRequestQueueTimer();

/** Each is asked by itself: the others list a broker for seconds after its death. */
async function answers(cluster: KafkaCluster, { port }: BrokerPorts): Promise<boolean> {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 3000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const found = await admin.describeCluster();
    return found.clusterId === cluster.clusterId && found.brokers.length === cluster.brokers.length;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

async function portsOf(brokers: number): Promise<BrokerPorts[]> {
  const ports = await freePorts(2 * brokers);
  return Array.from({ length: brokers }, (_, at) => {
    return { nodeId: at + 1, port: ports[2 * at]!, controllerPort: ports[2 * at + 1]! };
  });
}

/** 128 random bits as Kafka writes them: base64 of URLs, without padding; never with a leading dash. */
function newClusterId(): string {
  const id = Buffer.from(randomUUID().replaceAll("-", ""), "hex").toString("base64url");
  return id.startsWith("-") ? newClusterId() : id;
}

function brokerFolder(folder: string, nodeId: number): string {
  return join(folder, `broker-${nodeId}`);
}

function clusterPath(folder: string): string {
  return join(folder, "cluster.json");
}
