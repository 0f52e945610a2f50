import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { AggregateReport } from "./aggregate-process.ts";

/**
 * Lets an aggregator in a process of its own take all that a log holds.
 * @param place  folder of the lake, and of the log unless there are brokers
 * @param brokers  `host:port` with commas between them; empty for the log in the folder
 */
export async function aggregateLog(place: string, brokers = ""): Promise<AggregateReport> {
  const script = fileURLToPath(new URL("aggregate-process.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = fork(script, [place, brokers], { execArgv: ["--import", "tsx"] });
    child.once("message", (message) => resolve(message as AggregateReport));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the aggregator ended with code ${code}`)));
  });
}
