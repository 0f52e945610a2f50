import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { systemClock } from "@footfall/base";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { openSpool } from "@footfall/log/spool";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { expect, it } from "vitest";
import { toldTarget } from "./spool-target.ts";

const runs = Number(process.env["FOOTFALL_LOG_KILL_RUNS"] ?? 5);
const topic = "clicks";
const program = fileURLToPath(new URL("spool-run.ts", import.meta.url));

/** @returns the accepted records as `key value`, whole lines only */
async function appendUntilKilled(logFolder: string, spoolFolder: string, run: number): Promise<string[]> {
  const parameters = ["--import", "tsx", program, logFolder, spoolFolder, topic, String(run)];
  const child = spawn(process.execPath, parameters, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, "close");
  await waitFor(() => output.includes("\n"), { deadlineMs: 30_000, what: "the first accepted record" });
  setTimeout(() => child.kill("SIGKILL"), Math.random() * 400);
  await ended;
  return output.slice(0, output.lastIndexOf("\n")).split("\n");
}

it(
  `brings every accepted record to the log after ${runs} kills, one key's in order`,
  { timeout: 40_000 * runs },
  async () => {
    const [logFolder, spoolFolder] = [await temporaryFolder(), await temporaryFolder()];
    const accepted: string[] = [];
    for (let run = 0; run < runs; run++) {
      accepted.push(...(await appendUntilKilled(logFolder.path, spoolFolder.path, run)));
    }
    const log = await openEmbeddedLog({ folder: logFolder.path });
    const store = await openEmbeddedLog({ folder: spoolFolder.path });
    const target = toldTarget(log);
    const spool = await openSpool({
      log: target,
      store,
      topics: [{ name: topic, partitions: 2 }],
      spoolBytesMax: 1e8,
      clock: systemClock,
      random: Math.random,
    });
    try {
      await waitFor(() => spool.status().spoolingSinceMs === undefined, {
        deadlineMs: 30_000,
        what: "all is forwarded",
      });
      expect(store.storedBytes(topic)).toBe(0);
      const found = await target.firstSeen(topic);
      const missing = accepted.filter((line) => {
        const [key, value] = line.split(" ") as [string, string];
        return !found.get(key)?.includes(value);
      });
      expect(missing).toEqual([]);
      for (const values of found.values()) {
        const places = values.map((value) => value.split("-").map(Number) as [number, number]);
        expect(places).toEqual(places.toSorted(([runA, a], [runB, b]) => runA - runB || a - b));
      }
    } finally {
      await spool.close();
      await log.close();
      await store.close();
      await logFolder.remove();
      await spoolFolder.remove();
    }
  },
);
