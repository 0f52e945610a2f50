import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AggregateReport } from "./aggregate-process.ts";

export interface AggregateLogOptions {
  /** `host:port` with commas between them; absent for the log in the folder. */
  readonly brokers?: string;
  /** Aggregators that share the work. Default 1. */
  readonly members?: number;
}

/**
 * Lets aggregators in processes of their own take all that a log holds.
 * @param place  folder of the lake, and of the log unless there are brokers
 * @returns what they took together: the sum of their CPU, the time of the slowest
 */
export async function aggregateLog(place: string, options: AggregateLogOptions = {}): Promise<AggregateReport> {
  const { brokers = "", members = 1 } = options;
  const script = fileURLToPath(new URL("aggregate-process.ts", import.meta.url));
  const children = Array.from({ length: members }, () =>
    fork(script, [place, brokers], { execArgv: ["--import", "tsx"] }),
  );
  const reports = await Promise.all(children.map(reportOf));
  const ends = children.map((child) => once(child, "exit"));
  for (const child of children) child.send("end");
  await Promise.all(ends);
  return {
    cpuMicros: reports.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0),
    wallMs: Math.max(...reports.map(({ wallMs }) => wallMs)),
    memoryMb: reports.flatMap(({ memoryMb }) => memoryMb),
  };
}

function reportOf(child: ChildProcess): Promise<AggregateReport> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as AggregateReport));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the aggregator ended with code ${code}`)));
  });
}
