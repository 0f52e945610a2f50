import { Buffer } from "node:buffer";
import { writeSync } from "node:fs";
import { systemClock } from "@footfall/base";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { openSpool } from "@footfall/log/spool";
import { type TargetMode, toldTarget } from "./spool-target.ts";

/**
 * Started by tests as a process of its own: appends through a spool until it is killed, to a log that fails at random,
 * and prints each record once it is accepted. A key's records are appended one after the other.
 */
const [, , logFolder, spoolFolder, topic, run] = process.argv as [string, string, string, string, string, string];
const modes: readonly TargetMode[] = ["take", "take", "fail", "hang", "takeSilently"];
const target = toldTarget(await openEmbeddedLog({ folder: logFolder }));
target.mode = modes[Math.floor(Math.random() * modes.length)]!;
const spool = await openSpool({
  log: target,
  store: await openEmbeddedLog({ folder: spoolFolder }),
  topics: [{ name: topic, partitions: 2 }],
  spoolBytesMax: 1e8,
  slowAfterMs: 20,
  forwardTimeoutMs: 30,
  backOffMinMs: 1,
  backOffMaxMs: 10,
  clock: systemClock,
  random: Math.random,
});
setInterval(() => {
  target.mode = modes[Math.floor(Math.random() * modes.length)]!;
  void target.answerHanging();
}, 25);

async function produce(key: string): Promise<never> {
  for (let i = 0; ; i++) {
    const value = `${run}-${i}`;
    await spool.append(topic, [{ key, value: Buffer.from(value) }]);
    writeSync(1, `${key} ${value}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, k) => produce(`k${k}`)));
