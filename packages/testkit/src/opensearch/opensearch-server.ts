import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "@footfall/base";
import { freePorts } from "../free-ports.ts";
import { mavenJars } from "../java/maven-jars.ts";
import { waitFor } from "../wait-for.ts";

const version = "2.19.6";
const startMaxMs = 120_000;
const stopMaxMs = 30_000;

/** One node of OpenSearch on the loopback, without security. */
export interface OpenSearchServer {
  /** `http://127.0.0.1:<port>`, also after a restart. */
  readonly url: string;
  readonly pid: number;
  /** Ends it at once, as a power failure would. */
  kill(): Promise<void>;
  /** Starts it again over its data, on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface OpenSearchOptions {
  /** Jars are fetched into this folder and kept there. */
  readonly jarsFolder: string;
  /** Holds the node's data and log. */
  readonly folder: string;
}

/**
 * Starts a node and waits until its cluster takes requests.
 * @throws AppError TOOL_MISSING; SERVER_UNAVAILABLE  the node does not start
 */
export async function startOpenSearch(options: OpenSearchOptions): Promise<OpenSearchServer> {
  const folder = resolve(options.folder);
  const libs = await mavenJars(resolve(options.jarsFolder, "jars", version), {
    name: `OpenSearch ${version}`,
    artifacts: [
      `org.opensearch:opensearch:${version}`,
      `org.opensearch.plugin:transport-netty4-client:${version}`,
      "org.apache.logging.log4j:log4j-core:2.25.4",
    ],
    unavailable: "SERVER_UNAVAILABLE",
  });
  await mkdir(join(folder, "config"), { recursive: true });
  await writeFile(join(folder, "config", "log4j2.properties"), logSettings);
  const [port, transportPort] = await freePorts(2);
  const url = `http://127.0.0.1:${port}`;
  const start = async (): Promise<ChildProcess> => {
    const started = spawnNode(folder, libs, [folder, String(port), String(transportPort)]);
    await waitUntilReady(started, url, folder);
    return started;
  };
  let node = await start();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (hasEnded(node)) return;
    node.kill(signal);
    await waitFor(() => hasEnded(node), { deadlineMs: stopMaxMs, what: "OpenSearch to end" });
  };
  return {
    url,
    get pid() {
      return node.pid!;
    },
    kill: () => end("SIGKILL"),
    restart: async () => void (node = await start()),
    // All that it has acknowledged is on disk, and an orderly end takes seconds.
    stop: () => end("SIGKILL"),
  };
}

function spawnNode(folder: string, libs: string, parameters: readonly string[]): ChildProcess {
  const log = openSync(join(folder, "node.log"), "a");
  try {
    const flags = ["-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-Djava.security.manager=allow"];
    const main = fileURLToPath(new URL("OpenSearchNode.java", import.meta.url));
    return spawn("java", [...flags, "-cp", join(libs, "*"), main, ...parameters], { stdio: ["ignore", log, log] });
  } finally {
    closeSync(log);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function waitUntilReady(node: ChildProcess, url: string, folder: string): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    if (hasEnded(node)) return true;
    const health = await fetch(`${url}/_cluster/health`, { signal: AbortSignal.timeout(5000) });
    return ["yellow", "green"].includes(((await health.json()) as { status: string }).status);
  };
  const what = "OpenSearch to answer";
  await waitFor(isReady, { deadlineMs: startMaxMs, intervalMs: 100, what }).catch(() => node.kill("SIGKILL"));
  if (!node.killed && !hasEnded(node)) return;
  const tail = (await readFile(join(folder, "node.log"), "utf8")).trimEnd().split("\n").slice(-5).join("\n");
  throw new AppError("SERVER_UNAVAILABLE", `OpenSearch did not start. Its log in ${folder} ends with:\n${tail}`);
}

const logSettings = `status=error
appender.console.type=Console
appender.console.name=STDOUT
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=WARN
rootLogger.appenderRef.stdout.ref=STDOUT
`;
