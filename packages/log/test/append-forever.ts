import { Buffer } from "node:buffer";
import { writeSync } from "node:fs";
import { openEmbeddedLog } from "@footfall/log/embedded";

/** Started by tests as a process of its own: appends until it is killed and prints each id once it is acknowledged. */
const [, , folder, topic, run] = process.argv as [string, string, string, string, string];
const log = await openEmbeddedLog({ folder });
let next = 0;

async function produce(): Promise<never> {
  for (;;) {
    const ids = [next++, next++, next++].map((i) => `${run}-${i}`);
    await log.append(
      topic,
      ids.map((id) => ({ key: id, value: Buffer.from(id) })),
    );
    writeSync(1, ids.map((id) => `${id}\n`).join(""));
  }
}

await Promise.all(Array.from({ length: 20 }, produce));
