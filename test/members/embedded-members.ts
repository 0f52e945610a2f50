import { type Clock, manualClock } from "@footfall/base";
import { topics } from "@footfall/events";
import { type EmbeddedLogOptions, openEmbeddedLog } from "@footfall/log/embedded";
import { temporaryFolder } from "@footfall/testkit";
import { startMs } from "../../apps/aggregator/test/pipeline-fixture.ts";
import type { MembersLog } from "./random-membership.ts";

const sessionTimeoutMs = 400;
const tickMs = 10;
/** However long the process did not run in between: a session must not end because the machine is busy. */
const tickMsMax = 15;

/** The embedded log, with sessions that end by a clock of the test. */
export async function openEmbeddedMembers(
  partitions: number,
): Promise<MembersLog & { readonly close: () => Promise<void> }> {
  const folder = await temporaryFolder();
  const clock = manualClock(startMs);
  let tickedMs = performance.now();
  const ticking = setInterval(() => {
    const nowMs = performance.now();
    clock.advance(Math.min(tickMsMax, nowMs - tickedMs));
    tickedMs = nowMs;
  }, tickMs);
  const open = (now: Clock) => {
    const options: EmbeddedLogOptions = { folder: folder.path, clock: now, sessionTimeoutMs };
    return openEmbeddedLog(options);
  };
  const log = await open(clock.now);
  await log.createTopic({ name: topics.clicks, partitions });
  await log.createTopic({ name: topics.rejected, partitions: 1 });
  return {
    log,
    partitions,
    openLog(gate) {
      // To the others a member whose clock stands still gives no sign of life.
      let stoppedMs: number | undefined;
      gate.onChange((isClosed) => (stoppedMs = isClosed ? clock.now() : undefined));
      return open(() => stoppedMs ?? clock.now());
    },
    async close() {
      clearInterval(ticking);
      await log.close();
      await folder.remove();
    },
  };
}
