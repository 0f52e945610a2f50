import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { demoWriteKeys, saveWriteKeys } from "@footfall/runtime";

const root = fileURLToPath(new URL("..", import.meta.url));
const startDeadlineMs = 60_000;

/** An app's real command, in a process of its own that can be killed. */
export interface AppProcess {
  readonly url: string;
  readonly operatorUrl: string;
  readonly pid: number;
  readonly startSeconds: number;
  /** What it wrote last: lines of both streams. */
  readonly output: readonly string[];
  /** SIGKILL: no handler runs, nothing is flushed. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
}

/**
 * Starts the app's own command on a free port, with the demo's keys, and waits until it listens.
 * @param environment  settings besides storage and port
 * @param parameters   of the command, such as `--reset`
 */
export async function startApp(
  app: string,
  storageDir: string,
  environment: Readonly<Record<string, string>>,
  parameters: readonly string[] = [],
): Promise<AppProcess> {
  await saveWriteKeys(storageDir, demoWriteKeys.values());
  const startMs = performance.now();
  const child = spawn(process.execPath, ["scripts/run.mjs", `apps/${app}/src/main.ts`, ...parameters], {
    cwd: root,
    env: {
      PATH: process.env["PATH"],
      FOOTFALL_STORAGE_DIR: storageDir,
      [`FOOTFALL_${app.toUpperCase()}_PORT`]: "0",
      [`FOOTFALL_${app.toUpperCase()}_OPERATOR_PORT`]: "0",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  createInterface({ input: child.stderr }).on("line", (line) => output.push(line));
  const addresses = await listeningAddresses(child, output, exited).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    ...addresses,
    pid: child.pid!,
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

type Addresses = Pick<AppProcess, "url" | "operatorUrl">;

async function listeningAddresses(
  child: ChildProcess & { readonly stdout: NonNullable<ChildProcess["stdout"]> },
  output: string[],
  exited: Promise<number | null>,
): Promise<Addresses> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`the process ${what}:\n${output.slice(-40).join("\n")}`));
    };
    const timer = setTimeout(() => fail("did not listen in time"), startDeadlineMs);
    void exited.then((code) => fail(`ended with code ${code}`));
    createInterface({ input: child.stdout }).on("line", (line) => {
      output.push(line);
      if (output.length > 2_000) output.splice(0, 1_000);
      if (!line.includes('"listening"')) return;
      clearTimeout(timer);
      const { url, operatorUrl } = JSON.parse(line) as Addresses;
      resolve({ url, operatorUrl });
    });
  });
}
