import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "@footfall/base";
import { demoWriteKeys, saveWriteKeys } from "@footfall/runtime";

export interface CollectorProcessOptions {
  /** Of its spool and keys; no other process may use it. */
  readonly storageDir: string;
  readonly kafkaBrokers: string;
  /** What it logs is appended there. */
  readonly logFile: string;
}

interface Addresses {
  readonly url: string;
  readonly operatorUrl: string;
}

const startDeadlineMs = 60_000;
const stopDeadlineMs = 15_000;
const pausedMs = 450;
const runningMs = 50;

/** A collector in a process of its own, which can be slowed and stopped for real, and comes back where it was. */
export class CollectorProcess implements Addresses {
  readonly #options: CollectorProcessOptions;
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;
  #addresses: Addresses | undefined;
  #slowing: AbortController | undefined;

  private constructor(options: CollectorProcessOptions) {
    this.#options = options;
    mkdirSync(dirname(options.logFile), { recursive: true });
    this.#log = createWriteStream(options.logFile, { flags: "a" });
  }

  /** @throws AppError SERVER_UNAVAILABLE when it does not listen within a minute */
  static async start(options: CollectorProcessOptions): Promise<CollectorProcess> {
    await saveWriteKeys(options.storageDir, demoWriteKeys.values());
    const collector = new CollectorProcess(options);
    await collector.start();
    return collector;
  }

  get url(): string {
    return this.#addresses!.url;
  }

  get operatorUrl(): string {
    return this.#addresses!.operatorUrl;
  }

  /** Starts it, on the ports that it had before. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, ["scripts/run.mjs", "apps/collector/src/main.ts"], {
      env: {
        ...process.env,
        FOOTFALL_STORAGE_DIR: this.#options.storageDir,
        FOOTFALL_KAFKA_BROKERS: this.#options.kafkaBrokers,
        FOOTFALL_COLLECTOR_PORT: portOf(this.#addresses?.url),
        FOOTFALL_COLLECTOR_OPERATOR_PORT: portOf(this.#addresses?.operatorUrl),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    createInterface({ input: child.stderr }).on("line", (line) => this.#log.write(`${line}\n`));
    const lines = createInterface({ input: child.stdout }).on("line", (line) => this.#log.write(`${line}\n`));
    this.#addresses = await listeningAddresses(lines).catch((error: unknown) => {
      child.kill("SIGKILL");
      throw error;
    });
  }

  /** From now on it runs for a tenth of the time only, until `hasten` or `stop`. */
  slow(): void {
    this.#slowing ??= new AbortController();
    void alternate(this.#child!, this.#slowing.signal);
  }

  hasten(): void {
    this.#slowing?.abort();
    this.#slowing = undefined;
  }

  /** Asks it to end, as a machine does that is taken away; what it has accepted is in the log or in its spool. */
  async stop(): Promise<void> {
    this.hasten();
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), stopDeadlineMs);
    await gone;
    clearTimeout(late);
  }

  async end(): Promise<void> {
    await this.stop();
    this.#log.end();
  }
}

/** Pauses and resumes the process in turn; it runs when this returns. */
async function alternate(child: ChildProcess, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    child.kill("SIGSTOP");
    await delay(pausedMs, undefined, { signal }).catch(() => {});
    child.kill("SIGCONT");
    await delay(runningMs, undefined, { signal }).catch(() => {});
  }
}

function portOf(url: string | undefined): string {
  return url === undefined ? "0" : new URL(url).port;
}

function listeningAddresses(lines: NodeJS.EventEmitter): Promise<Addresses> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(notStarted()), startDeadlineMs);
    lines.on("close", () => reject(notStarted()));
    lines.on("line", (line: string) => {
      if (!line.includes('"listening"')) return;
      clearTimeout(late);
      resolve(JSON.parse(line) as Addresses);
    });
  });
}

function notStarted(): AppError {
  return new AppError("SERVER_UNAVAILABLE", "The demo's collector did not start; its log is in the demo's folder.");
}
