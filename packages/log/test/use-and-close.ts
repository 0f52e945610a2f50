import { Buffer } from "node:buffer";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { errorCodeOf } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { openKafkaLog } from "@footfall/log/kafka";

/** How long a process may go on after it closed its log. */
const endMsMax = 30_000;
const group = "shop";
const record = { key: "a", value: Buffer.from("1") };

/** Each leaves something open that `close` has to end. */
const uses: Readonly<Record<string, (log: EventLog, topic: string) => Promise<unknown>>> = {
  "appends under way": async (log, topic) => {
    log.append(topic, [record, { ...record, key: null }]).catch(() => {});
  },
  "a whole read": async (log, topic) => {
    for await (const _ of log.read({ topic, partition: 0, startOffset: 0n })) continue;
  },
  "a read that was left": (log, topic) =>
    log.read({ topic, partition: 0, startOffset: 0n })[Symbol.asyncIterator]().next(),
  "a member": async (log, topic) => {
    await new Promise<void>((delivered, failed) => {
      const onBatch = async (): Promise<void> => delivered();
      log.subscribe({ topics: [topic], group, from: "earliest", onBatch }).catch(failed);
    });
  },
  "a follower": (log, topic) => log.subscribe({ topics: [topic], from: "latest", onBatch: async () => {} }),
  "a subscription that was stopped": async (log, topic) => {
    await (await log.subscribe({ topics: [topic], group, from: "latest", onBatch: async () => {} })).stop();
  },
  "questions under way": async (log, topic) => {
    await log.resetOffsets("other", topic, new Map([[0, 0n]]));
    await log.groupOffsets("other", topic);
    for (const asked of [log.offsets(topic), log.offsetsAt(topic, 0), log.topics()]) asked.catch(() => {});
  },
};
export const useNames = Object.keys(uses);
export const program = fileURLToPath(import.meta.url);

/**
 * Started by tests as a process of its own: `adapter where topic use signal?`. Uses a log, waits for SIGUSR2 where told
 * so, closes it, and ends by itself; where it does not, it says what it still holds and ends with exit code 3.
 */
async function main(adapter: string, where: string, topic: string, use: string, signal?: string): Promise<void> {
  const signalled = signal === undefined ? undefined : once(process, "SIGUSR2");
  const log =
    adapter === "kafka"
      ? await openKafkaLog({ brokers: [where], clientId: "closing", appendTimeoutMs: 8000 })
      : await openEmbeddedLog({ folder: where });
  if (use === "a failed connection") {
    const code = await log.append(topic, [record]).then(() => "stored", errorCodeOf);
    if (code !== "LOG_UNAVAILABLE") throw new Error(`The append was to fail, and was ${code}.`);
  } else {
    await log.createTopic({ name: topic, partitions: 1 });
    await log.append(topic, [record]);
    await uses[use]!(log, topic);
  }
  writeSync(1, "used\n");
  await signalled;
  await log.close();
  writeSync(1, "closed\n");
  setTimeout(() => {
    writeSync(1, `still there: ${process.getActiveResourcesInfo().join(" ")}\n`);
    process.exit(3);
  }, endMsMax).unref();
}

if (process.argv[1] === program) await main(...(process.argv.slice(2) as [string, string, string, string]));
