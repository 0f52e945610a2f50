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
  await writeFile(join(folder, "worker.properties"), workerProperties(folder, url, options.bootstrapServers));
  const files = options.connectors.map(({ name }) => join(folder, `${name}.json`));
  await Promise.all(
    options.connectors.map((connector, at) => writeFile(files[at]!, JSON.stringify(connectorSettings(connector)))),
  );
  const start = async (): Promise<ChildProcess> => {
    const worker = spawnWorker(folder, libs, files);
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
  };
}

function spawnWorker(folder: string, libs: string, connectors: readonly string[]): ChildProcess {
  const log = openSync(join(folder, "connect.log"), "a");
  try {
    const { flag } = logSettings(kafkaVersion);
    const flags = [
      "-Xmx256m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      `-D${flag}=file:${join(folder, "log4j.properties")}`,
    ];
    const main = ["-cp", join(libs, "*"), "org.apache.kafka.connect.cli.ConnectStandalone"];
    const files = [join(folder, "worker.properties"), ...connectors];
    return spawn("java", [...flags, ...main, ...files], { cwd: folder, stdio: ["ignore", log, log] });
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
    const states = await Promise.all(connectors.map(({ name }) => stateOf(url, name)));
    failure = states.map(({ name, state, trace }) => `${name} is ${state} ${trace}`).join("; ");
    return states.every(({ state }) => state === "RUNNING") || states.some(({ state }) => state === "FAILED");
  };
  const waited = waitFor(isOver, { deadlineMs: startMaxMs, intervalMs: 100, what: "Kafka Connect to run" });
  const isUp = await waited.then(
    () => !hasEnded(worker) && !failure.includes("FAILED"),
    () => false,
  );
  if (isUp) return;
  worker.kill("SIGKILL");
  const tail = (await readFile(join(folder, "connect.log"), "utf8")).trimEnd().split("\n").slice(-8).join("\n");
  throw new AppError("SERVER_UNAVAILABLE", `Kafka Connect did not start: ${failure}. Its log ends with:\n${tail}`);
}

interface TaskState {
  readonly name: string;
  readonly state: string;
  readonly trace: string;
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
