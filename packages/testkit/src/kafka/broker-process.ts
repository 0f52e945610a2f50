import { type ChildProcess, execFile, spawn } from "node:child_process";
import { openSync, closeSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { AppError } from "@footfall/base";
import { waitFor } from "../wait-for.ts";
import { type BrokerPorts, type ExtraSettings, logSettings, serverProperties } from "./broker-settings.ts";

const run = promisify(execFile);
/** Brokers that stop together may wait for each other; what they have acknowledged is on disk all the same. */
const orderlyStopMaxMs = 10_000;
/** Each look starts a process. */
const lookEveryMs = 100;
/** The first compiler only: half the processor time to start, and a broker of tests does not live to earn more. */
const shortLived = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

export interface BrokerPlace {
  readonly ports: BrokerPorts;
  /** Holds the broker's settings, data and log. */
  readonly folder: string;
  readonly jarsFolder: string;
  readonly version: string;
}

/** Writes the settings and formats the data folder, unless that was done before. */
export async function prepareBroker(
  { ports, folder, jarsFolder, version }: BrokerPlace,
  all: readonly BrokerPorts[],
  clusterId: string,
  extra?: ExtraSettings,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "log4j.properties"), logSettings(version).text);
  await writeFile(settingsPath(folder), serverProperties(ports, all, join(folder, "data"), extra));
  const format = ["format", "-t", clusterId, "-c", settingsPath(folder), "--ignore-formatted"];
  try {
    await run("java", ["-Xmx128m", ...shortLived, "-cp", join(jarsFolder, "*"), "kafka.tools.StorageTool", ...format]);
  } catch (cause) {
    throw new AppError("LOG_UNAVAILABLE", `Broker ${ports.nodeId} could not format ${folder}: ${String(cause)}`, {
      cause,
    });
  }
}

/** Starts the broker; it lives on when this process ends. */
export function startBroker({ folder, jarsFolder, version }: BrokerPlace): ChildProcess {
  const log = openSync(join(folder, "broker.log"), "a");
  try {
    const flags = ["-Xms256m", "-Xmx256m", ...shortLived, "-XX:MaxMetaspaceSize=128m"];
    const logFlag = `-D${logSettings(version).flag}=file:${join(folder, "log4j.properties")}`;
    const child = spawn(
      "java",
      [...flags, logFlag, "-cp", join(jarsFolder, "*"), "kafka.Kafka", settingsPath(folder)],
      { detached: true, stdio: ["ignore", log, log] },
    );
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Whether the process lives and is the broker of this folder: process ids are given out again. */
export async function isBroker(pid: number, folder: string): Promise<boolean> {
  try {
    const { stdout } = await run("ps", ["-p", String(pid), "-o", "stat=,args="]);
    return !stdout.startsWith("Z") && stdout.includes(settingsPath(folder));
  } catch {
    return false;
  }
}

/**
 * How a broker that this process has started ended: "exit code 1", "signal SIGKILL"; undefined while it runs. Asking
 * for its arguments instead would miss it for a moment: a new program has none until the system has laid them out.
 */
export function endOf({ exitCode, signalCode }: ChildProcess): string | undefined {
  if (signalCode !== null) return `signal ${signalCode}`;
  return exitCode === null ? undefined : `exit code ${exitCode}`;
}

/** Ends the broker, in order if it does so in time. */
export async function stopBroker(pid: number, folder: string): Promise<void> {
  const isGone = async (): Promise<boolean> => !(await isBroker(pid, folder));
  if (await isGone()) return;
  process.kill(pid, "SIGTERM");
  try {
    await waitFor(isGone, { deadlineMs: orderlyStopMaxMs, intervalMs: lookEveryMs, what: "the broker to stop" });
  } catch {
    if (await isGone()) return;
    process.kill(pid, "SIGKILL");
    const what = "the killed broker to be gone";
    await waitFor(isGone, { deadlineMs: orderlyStopMaxMs, intervalMs: lookEveryMs, what });
  }
}

/** The last lines that the broker logged. */
export async function logTail(folder: string): Promise<string> {
  const text = await readFile(join(folder, "broker.log"), "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-5).join("\n");
}

function settingsPath(folder: string): string {
  return join(folder, "server.properties");
}
