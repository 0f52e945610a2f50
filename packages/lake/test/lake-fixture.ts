import { type ManualClock, manualClock, seededRandom } from "@footfall/base";
import { temporaryFolder } from "@footfall/testkit";
import { afterEach, vi } from "vitest";
import { type Lake, type LakeOptions, openLake } from "../src/index.ts";
import { startMs } from "./readings.ts";

export interface TestLake {
  readonly lake: Lake;
  readonly root: string;
  readonly clock: ManualClock;
  /** Another instance over the same folder, as another process would have it. */
  open(options?: Partial<LakeOptions>): Promise<Lake>;
}

/** Real files, real syncs: a busy disk takes its time. */
vi.setConfig({ testTimeout: 60_000 });

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A lake in an empty folder; closed and removed after the test. */
export async function testLake(options: Partial<LakeOptions> = {}): Promise<TestLake> {
  const folder = await temporaryFolder();
  closers.push(() => folder.remove());
  const clock = manualClock(startMs);
  let seed = 1;
  const open = async (more: Partial<LakeOptions> = {}) => {
    const lake = await openLake({
      root: folder.path,
      clock: clock.now,
      random: seededRandom(seed++),
      threads: 1,
      ...more,
    });
    closers.push(() => lake.close());
    return lake;
  };
  return { lake: await open(options), root: folder.path, clock, open };
}
