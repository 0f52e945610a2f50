import type { ChangeEvent } from "@footfall/changes";
import { manualClock, seededRandom, type ManualClock } from "@footfall/base";
import { type Lake, type LakeOptions, openLake } from "@footfall/lake";
import { temporaryFolder } from "@footfall/testkit";
import { afterEach } from "vitest";
import type { PlacedChange } from "../../src/replica.ts";

export const topic = "cdc.public.products";

export interface TestLake {
  readonly root: string;
  readonly clock: ManualClock;
  /** Another opening of the same folder, as another process would have it. */
  open(options?: Partial<LakeOptions>): Promise<Lake>;
}

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** An empty folder for lakes; all are closed and it is removed after the test. */
export async function testLake(): Promise<TestLake> {
  const folder = await temporaryFolder();
  closers.push(() => folder.remove());
  const clock = manualClock(Date.UTC(2026, 10, 29));
  let seed = 1;
  return {
    root: folder.path,
    clock,
    open: async (more = {}) => {
      const random = seededRandom((seed += 1));
      const lake = await openLake({ root: folder.path, clock: clock.now, random, threads: 1, ...more });
      closers.push(() => lake.close());
      return lake;
    },
  };
}

/** A change of row 1 of `public.products`, unless said otherwise. */
export function placedChange(change: Partial<ChangeEvent>, partition = 0): PlacedChange {
  return {
    place: { topic, partition },
    change: {
      schema: "public",
      table: "products",
      operation: "create",
      key: { id: 1 },
      before: undefined,
      after: undefined,
      position: { lsn: 1n, index: 0 },
      changedAtMs: 1_700_000_000_000,
      capturedAtMs: 1_700_000_000_500,
      ...change,
    },
  };
}
