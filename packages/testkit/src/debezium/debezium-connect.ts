import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "@footfall/base";
import { freePort } from "../free-ports.ts";
import { mavenJars } from "../java/maven-jars.ts";
import { logSettings } from "../kafka/broker-settings.ts";
import { waitFor } from "../wait-for.ts";
import { connectorSettings, type DebeziumConnector, workerProperties } from "./connect-settings.ts";

export type { DebeziumConnector } from "./connect-settings.ts";

const version = "3.4.3.Final";
/** Of the release that this Debezium was built for; its clients talk to older and newer brokers. */
const kafkaVersion = "4.1.2";
const startMaxMs = 120_000;
const stopMaxMs = 20_000;

/** Kafka Connect in one process, with Debezium's connectors for PostgreSQL. */
export interface DebeziumConnect {
  /** Of Connect's REST interface: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Ends it at once, as a power failure would: what it did not note down, it sends again. */
  kill(): Promise<void>;
  /** Starts it again where it noted down that it was. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** How the connectors are, and the end of the worker's log: why nothing comes. */
  report(): Promise<string>;
}

export interface DebeziumOptions {
  /** Jars are fetched into this folder and kept there. */
  readonly jarsFolder: string;
  /** Holds settings, offsets and log. */
  readonly folder: string;
  readonly bootstrapServers: readonly string[];
  readonly connectors: readonly DebeziumConnector[];
}

/**
 * Starts the worker and waits until all connectors run.
 * @throws AppError TOOL_MISSING; SERVER_UNAVAILABLE  it does not start, or a connector fails
 */
export async function startDebezium(options: DebeziumOptions): Promise<DebeziumConnect> {
  const folder = resolve(options.folder);
  const libs = await mavenJars(resolve(options.jarsFolder, "jars", `debezium-${version}`), {
    name: `Debezium ${version}`,
    artifacts: [
      `org.apache.kafka:connect-runtime:${kafkaVersion}`,
      `org.apache.kafka:connect-json:${kafkaVersion}`,
      `io.debezium:debezium-connector-postgres:${version}`,
      "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3",
    ],
    unavailable: "SERVER_UNAVAILABLE",
  });
  await mkdir(folder, { recursive: true });
  const url = `http://127.0.0.1:${await freePort()}`;
  await writeFile(join(folder, "log4j.properties"), logSettings(kafkaVersion).text);
  await writeFile(join(folder, "worker.properties"), workerProperties(url, options.bootstrapServers));
  const start = async (): Promise<ChildProcess> => {
    const worker = spawnWorker(folder, libs);
    await untilRunning(worker, url, folder, options.connectors);
    return worker;
  };
  let worker = await start();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (hasEnded(worker)) return;
    const gone = once(worker, "exit");
    worker.kill(signal);
    const late = setTimeout(() => worker.kill("SIGKILL"), stopMaxMs);
    await gone;
    clearTimeout(late);
  };
  return {
    url,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
    async restart() {
      await end("SIGTERM");
      worker = await start();
    },
    async report() {
      const states = await statesOf(url, options.connectors).then(told, (error: Error) => error.message);
      return `${states}. ${await endOfLog(folder)}`;
    },
  };
}

function spawnWorker(folder: string, libs: string): ChildProcess {
  const log = openSync(join(folder, "connect.log"), "a");
  try {
    const { flag } = logSettings(kafkaVersion);
    const flags = [
      "-Xmx256m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      `-D${flag}=file:${join(folder, "log4j.properties")}`,
    ];
    const main = ["-cp", join(libs, "*"), "org.apache.kafka.connect.cli.ConnectDistributed"];
    return spawn("java", [...flags, ...main, join(folder, "worker.properties")], {
      cwd: folder,
      stdio: ["ignore", log, log],
    });
  } finally {
    closeSync(log);
  }
}

/** A failed task stays failed: there is nothing to wait for then. */
async function untilRunning(
  worker: ChildProcess,
  url: string,
  folder: string,
  connectors: readonly DebeziumConnector[],
): Promise<void> {
  let failure = `no answer within ${startMaxMs / 1_000} s`;
  const isOver = async (): Promise<boolean> => {
    if (hasEnded(worker)) return true;
    const states = await statesOf(url, connectors);
    failure = told(states);
    for (const [at, { state }] of states.entries()) if (state === "UNKNOWN") await create(url, connectors[at]!);
    return states.every(({ state }) => state === "RUNNING") || states.some(({ state }) => state === "FAILED");
  };
  const waited = waitFor(isOver, { deadlineMs: startMaxMs, intervalMs: 100, what: "Kafka Connect to run" });
  const isUp = await waited.then(
    () => !hasEnded(worker) && !failure.includes("FAILED"),
    () => false,
  );
  if (isUp) return;
  worker.kill("SIGKILL");
  throw new AppError("SERVER_UNAVAILABLE", `Kafka Connect did not start: ${failure}. ${await endOfLog(folder)}`);
}

async function endOfLog(folder: string): Promise<string> {
  const text = await readFile(join(folder, "connect.log"), "utf8");
  return `Its log ends with:\n${text.trimEnd().split("\n").slice(-20).join("\n")}`;
}

interface TaskState {
  readonly name: string;
  readonly state: string;
  readonly trace: string;
}

/** The worker refuses while it joins its group: the caller looks again. */
async function create(url: string, connector: DebeziumConnector): Promise<void> {
  const body = JSON.stringify(connectorSettings(connector));
  const headers = { "content-type": "application/json" };
  await fetch(`${url}/connectors/${connector.name}/config`, { method: "PUT", headers, body });
}

function statesOf(url: string, connectors: readonly DebeziumConnector[]): Promise<TaskState[]> {
  return Promise.all(connectors.map(({ name }) => stateOf(url, name)));
}

function told(states: readonly TaskState[]): string {
  return states.map(({ name, state, trace }) => `${name} is ${state} ${trace}`).join("; ");
}

async function stateOf(url: string, name: string): Promise<TaskState> {
  const response = await fetch(`${url}/connectors/${name}/status`);
  if (!response.ok) return { name, state: "UNKNOWN", trace: "" };
  const { tasks } = (await response.json()) as { tasks: { state: string; trace?: string }[] };
  const [task] = tasks;
  return { name, state: task?.state ?? "UNASSIGNED", trace: task?.trace?.split("\n", 1)[0] ?? "" };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
