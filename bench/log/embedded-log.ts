import { Buffer } from "node:buffer";
import { temporaryFolder } from "@footfall/testkit";
import { openEmbeddedLog } from "@footfall/log/embedded";

/*
 * What the embedded log costs: node --import tsx bench/log/embedded-log.ts
 * CPU is that of the whole process, all threads, user and system; `main` is the share of the thread that runs
 * JavaScript.
 */
const value = Buffer.alloc(400, 120);
const keys = Array.from({ length: 5000 }, (_, i) => `0190b1c2-7f6a-7c3e-9d2b-${String(i).padStart(12, "0")}`);

interface Figures {
  readonly name: string;
  readonly records: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly mainSeconds: number;
}

async function measure(name: string, records: number, work: () => Promise<void>): Promise<Figures> {
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startMs) / 1000;
  const { active } = performance.eventLoopUtilization(loop);
  return { name, records, seconds, cpuSeconds: (user + system) / 1e6, mainSeconds: active / 1000 };
}

async function main(): Promise<void> {
  const folder = await temporaryFolder();
  const log = await openEmbeddedLog({ folder: folder.path });
  await log.createTopic({ name: "clicks", partitions: 8 });
  const figures: Figures[] = [];
  /** `waiting` producers, each appending again as soon as its last append is durable. */
  const produce = (records: number, waiting: number, perAppend: number) => async (): Promise<void> => {
    let next = 0;
    const producer = async (): Promise<void> => {
      while (next < records) {
        const batch = Array.from({ length: perAppend }, () => ({ key: keys[next++ % keys.length]!, value }));
        await log.append("clicks", batch);
      }
    };
    await Promise.all(Array.from({ length: waiting }, producer));
  };
  await produce(20_000, 256, 1)();
  for (const waiting of [64, 256, 1024, 4096]) {
    const records = waiting < 1000 ? 40_000 : 200_000;
    figures.push(await measure(`append 1 record, ${waiting} waiting`, records, produce(records, waiting, 1)));
  }
  figures.push(await measure("append 20 records, 64 waiting", 200_000, produce(200_000, 64, 20)));
  figures.push(await measure("append 20 records, 256 waiting", 400_000, produce(400_000, 256, 20)));
  let read = 0;
  const readAll = async (): Promise<void> => {
    for (let partition = 0; partition < 8; partition++) {
      for await (const { records } of log.read({ topic: "clicks", partition, startOffset: 0n })) read += records.length;
    }
  };
  await readAll();
  const perRead = read;
  figures.push(await measure("read", perRead, readAll));
  let delivered = 0;
  figures.push(
    await measure("subscribe", perRead, async () => {
      await new Promise<void>((resolve, reject) => {
        const onBatch = async ({ records }: { records: readonly unknown[] }): Promise<void> => {
          delivered += records.length;
          if (delivered === perRead) resolve();
        };
        log.subscribe({ topics: ["clicks"], from: "earliest", onBatch }).catch(reject);
      });
    }),
  );
  for (const { name, records, seconds, cpuSeconds, mainSeconds } of figures) {
    const rate = Math.round(records / seconds).toLocaleString("en");
    const cpuUs = ((cpuSeconds / records) * 1e6).toFixed(2);
    const mainUs = ((mainSeconds / records) * 1e6).toFixed(2);
    console.log(`${name}: ${rate} records/s, ${cpuUs} µs CPU a record, main ${mainUs} µs`);
  }
  await log.close();
  await folder.remove();
}

await main();
