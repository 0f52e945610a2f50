import type { EventLog } from "@footfall/log";
import { eventLogContract, temporaryFolder } from "@footfall/testkit";
import { openEmbeddedLog } from "@footfall/log/embedded";

const contractSeed = process.env["CONTRACT_SEED"] === undefined ? undefined : Number(process.env["CONTRACT_SEED"]);
const memberSettings = { sessionTimeoutMs: 400, pollIntervalMs: 5 };

eventLogContract("embedded", {
  seed: contractSeed,
  async open() {
    const folder = await temporaryFolder();
    const members: EventLog[] = [];
    let log = await openEmbeddedLog({ folder: folder.path });
    return {
      log,
      async reopen() {
        await log.close();
        log = await openEmbeddedLog({ folder: folder.path });
        return log;
      },
      async openMember() {
        let frozenAtMs: number | undefined;
        // A clock that stands still: the lease runs out for everybody else.
        const clock = (): number => frozenAtMs ?? Date.now();
        const member = await openEmbeddedLog({ folder: folder.path, clock, ...memberSettings });
        members.push(member);
        return {
          log: member,
          freeze: () => (frozenAtMs = Date.now()),
          thaw: () => (frozenAtMs = undefined),
        };
      },
      async close() {
        await Promise.all([log, ...members].map((opened) => opened.close()));
        await folder.remove();
      },
    };
  },
});
