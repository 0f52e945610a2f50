import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readAll, temporaryFolder, waitFor, textOf } from "@footfall/testkit";
import { openEmbeddedLog } from "@footfall/log/embedded";

const runs = Number(process.env["FOOTFALL_LOG_KILL_RUNS"] ?? 5);
const partitions = 4;
const program = fileURLToPath(new URL("append-forever.ts", import.meta.url));

/** @returns the acknowledged ids, whole lines only */
async function appendUntilKilled(folder: string, topic: string, run: number, lifeMs: number): Promise<string[]> {
  const child = spawn(process.execPath, ["--import", "tsx", program, folder, topic, String(run)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, "close");
  await waitFor(() => output.includes("\n"), { deadlineMs: 30_000, what: "the first acknowledged append" });
  setTimeout(() => child.kill("SIGKILL"), lifeMs);
  await ended;
  return output.slice(0, output.lastIndexOf("\n")).split("\n");
}

it(
  `holds every acknowledged record after ${runs} kills, while another process follows`,
  { timeout: 40_000 * runs },
  async () => {
    const folder = await temporaryFolder();
    const log = await openEmbeddedLog({ folder: folder.path });
    await log.createTopic({ name: "clicks", partitions });
    const followed: string[] = [];
    const follower = await log.subscribe({
      topics: ["clicks"],
      from: "earliest",
      onBatch: async ({ records }) => void followed.push(...records.map(textOf)),
    });
    try {
      const acknowledged: string[] = [];
      for (let run = 0; run < runs; run++) {
        acknowledged.push(...(await appendUntilKilled(folder.path, "clicks", run, Math.random() * 400)));
        const found: string[] = [];
        for (let partition = 0; partition < partitions; partition++) {
          const records = await readAll(log, "clicks", partition);
          records.forEach(({ offset }, i) => expect(offset).toBe(BigInt(i)));
          found.push(...records.map(textOf));
        }
        const unique = new Set(found);
        expect(unique.size).toBe(found.length);
        expect(acknowledged.filter((id) => !unique.has(id))).toEqual([]);
        await waitFor(() => followed.length === found.length, { deadlineMs: 5000, what: "the follower has it all" });
        expect(new Set(followed)).toEqual(unique);
      }
    } finally {
      await follower.stop();
      await log.close();
      await folder.remove();
    }
  },
);
