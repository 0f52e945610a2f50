import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@footfall/base";
import { freePort } from "../free-ports.ts";
import { waitFor } from "../wait-for.ts";

/** A server of Prometheus' family on the loopback. */
export interface PrometheusServer {
  /** `http://127.0.0.1:<port>`, also after a restart. */
  readonly url: string;
  /** Ends it and starts it again over its data, on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** Holds settings, data and log. */
  readonly folder: string;
  /** The settings file, as JSON, which is YAML. */
  readonly settings: object;
}

const startMaxMs = 60_000;
const stopMaxMs = 30_000;

/** Starts a Prometheus that takes remote writes too. @throws AppError SERVER_UNAVAILABLE  it does not start */
export function startPrometheus(options: PrometheusOptions): Promise<PrometheusServer> {
  return startServer("prometheus", options, (settings, data, address) => [
    `--config.file=${settings}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=${address}`,
    "--web.enable-remote-write-receiver",
  ]);
}

/** Starts an Alertmanager without a cluster. @throws AppError SERVER_UNAVAILABLE  it does not start */
export function startAlertmanager(options: PrometheusOptions): Promise<PrometheusServer> {
  return startServer("prometheus-alertmanager", options, (settings, data, address) => [
    `--config.file=${settings}`,
    `--storage.path=${data}`,
    `--web.listen-address=${address}`,
    "--cluster.listen-address=",
  ]);
}

async function startServer(
  program: string,
  { folder, settings }: PrometheusOptions,
  flagsOf: (settings: string, data: string, address: string) => string[],
): Promise<PrometheusServer> {
  await mkdir(folder, { recursive: true });
  const settingsFile = join(folder, "settings.yml");
  await writeFile(settingsFile, JSON.stringify(settings));
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const logFile = join(folder, "server.log");
  const start = async (): Promise<ChildProcess> => {
    const server = spawnLogged(program, flagsOf(settingsFile, join(folder, "data"), address), logFile);
    await untilReady(server, url, logFile);
    return server;
  };
  let server = await start();
  const stop = async (): Promise<void> => {
    if (hasEnded(server)) return;
    const gone = once(server, "exit");
    server.kill("SIGTERM");
    const late = setTimeout(() => server.kill("SIGKILL"), stopMaxMs);
    await gone;
    clearTimeout(late);
  };
  return {
    url,
    stop,
    async restart() {
      await stop();
      server = await start();
    },
  };
}

function spawnLogged(program: string, flags: readonly string[], logFile: string): ChildProcess {
  const log = openSync(logFile, "a");
  try {
    return spawn(program, flags, { stdio: ["ignore", log, log] });
  } finally {
    closeSync(log);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function untilReady(server: ChildProcess, url: string, logFile: string): Promise<void> {
  const isReady = async (): Promise<boolean> => hasEnded(server) || (await fetch(`${url}/-/ready`)).ok;
  await waitFor(isReady, { deadlineMs: startMaxMs, intervalMs: 50, what: `${url} to answer` }).catch(() =>
    server.kill("SIGKILL"),
  );
  if (!server.killed && !hasEnded(server)) return;
  const tail = (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-5).join("\n");
  throw new AppError("SERVER_UNAVAILABLE", `${server.spawnfile} did not start. Its log ends with:\n${tail}`);
}
