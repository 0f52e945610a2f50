import { type Random, systemClock } from "@footfall/base";
import { storageFolders } from "@footfall/runtime";
import { openModelStore } from "@footfall/models";
import { createCollectorClient } from "../collector-client.ts";
import { openOutsideLake } from "../outside-lake.ts";
import { runRetrain } from "./run-retrain.ts";
import { batchesOf, pastEvents, type ShopVisitors } from "./shop-visitors.ts";

export interface FirstStartOptions {
  readonly url: string;
  readonly storageDir: string;
  readonly visitors: ShopVisitors;
  readonly random: Random;
  readonly say: (line: string) => void;
}

const visits = 1_200;
const days = 3;
const batchEventsMax = 500;
const sessionsDeadlineMs = 60_000;

/**
 * What a shop has and a fresh clone lacks: some days of history, sent over HTTP like everything else, and a model
 * trained on it. Does nothing where a model is there already.
 */
export async function prepareFirstStart(options: FirstStartOptions): Promise<void> {
  const { url, storageDir, visitors, random, say } = options;
  const store = openModelStore(storageFolders(storageDir).models, "demo");
  if (await store.current()) return;
  const lake = await openOutsideLake(storageFolders(storageDir).tables);
  try {
    let expected = 0;
    if ((await lake.countEvents()).rows === 0) {
      say("First start: simulating some days of visits …");
      const send = createCollectorClient({ url, key: "demo-historic", clock: systemClock, random });
      // The last visits end long enough ago that their sessions are complete.
      const endMs = systemClock() - 3_600_000;
      const events = pastEvents({ visitors, random, visits, days, endMs });
      for (const batch of batchesOf(events, batchEventsMax)) await send(batch);
      expected = events.length;
      say(`${events.length} events sent; the aggregator is writing the lake …`);
    }
    const startMs = performance.now();
    const isComplete = async (): Promise<boolean> =>
      (await lake.countEvents()).rows >= expected && (await lake.compare("sessions")).missing === 0;
    while (!(await isComplete()) && performance.now() - startMs < sessionsDeadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  } finally {
    lake.close();
  }
  say("Training the first model …");
  await runRetrain(storageDir);
}
