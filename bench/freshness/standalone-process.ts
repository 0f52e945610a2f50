import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { demoWriteKeys, saveWriteKeys } from "@footfall/runtime";

const main = fileURLToPath(new URL("../../apps/standalone/src/main.ts", import.meta.url));

export interface StandaloneProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the product as an operator does, on a free port, with the demo's keys, and waits until it listens and is
 * ready.
 */
export async function startStandaloneProcess(storageDir: string, commitIntervalMs: number): Promise<StandaloneProcess> {
  await saveWriteKeys(storageDir, demoWriteKeys.values());
  const child = spawn(process.execPath, ["--import", "tsx", main], {
    env: {
      ...process.env,
      FOOTFALL_STORAGE_DIR: storageDir,
      FOOTFALL_STANDALONE_PORT: "0",
      FOOTFALL_STANDALONE_OPERATOR_PORT: "0",
      FOOTFALL_STANDALONE_COMMIT_INTERVAL_MS: String(commitIntervalMs),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await listeningUrl(child);
  return {
    url,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function listeningUrl(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const entry = JSON.parse(line) as { msg?: string; url?: string };
    if (entry.msg === "listening" && entry.url !== undefined) {
      child.stdout!.resume();
      return entry.url;
    }
  }
  throw new Error(`the standalone process ended with code ${child.exitCode} before it listened`);
}
