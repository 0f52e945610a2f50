import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const startDeadlineMs = 60_000;

/** The real command, in a process of its own that can be killed. */
export interface StandaloneProcess {
  readonly url: string;
  readonly startSeconds: number;
  /** What it wrote last: lines of both streams. */
  readonly output: readonly string[];
  /** SIGKILL: no handler runs, nothing is flushed. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
}

/**
 * Starts `npm start`'s own command on a free port and waits until it listens.
 * @param environment  settings besides storage and port
 */
export async function startStandaloneProcess(
  storageDir: string,
  environment: Readonly<Record<string, string>>,
): Promise<StandaloneProcess> {
  const startMs = performance.now();
  const child = spawn(process.execPath, ["--import", "tsx", "apps/standalone/src/main.ts"], {
    cwd: root,
    env: {
      PATH: process.env["PATH"],
      FOOTFALL_STORAGE_DIR: storageDir,
      FOOTFALL_STANDALONE_PORT: "0",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  createInterface({ input: child.stderr }).on("line", (line) => output.push(line));
  const url = await listeningUrl(child, output, exited).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    url,
    startSeconds: (performance.now() - startMs) / 1_000,
    output,
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    stop() {
      child.kill("SIGTERM");
      return exited;
    },
  };
}

async function listeningUrl(
  child: ChildProcess & { readonly stdout: NonNullable<ChildProcess["stdout"]> },
  output: string[],
  exited: Promise<number | null>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`the standalone process ${what}:\n${output.slice(-40).join("\n")}`));
    };
    const timer = setTimeout(() => fail("did not listen in time"), startDeadlineMs);
    void exited.then((code) => fail(`ended with code ${code}`));
    createInterface({ input: child.stdout }).on("line", (line) => {
      output.push(line);
      if (output.length > 2_000) output.splice(0, 1_000);
      if (!line.includes('"listening"')) return;
      clearTimeout(timer);
      resolve((JSON.parse(line) as { url: string }).url);
    });
  });
}
