import { join } from "node:path";
import type { EventLog } from "@footfall/log";
import { openKafkaLog } from "@footfall/log/kafka";
import { eventLogContract, type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { bootstrapServers, startKafka, stopKafka } from "@footfall/testkit/kafka";
import { afterAll, beforeAll, describe } from "vitest";
import { prefixedLog } from "../../packages/log/src/prefixed-log.ts";
import { canRunKafka } from "./kafka-or-skip.ts";

const contractSeed = process.env["CONTRACT_SEED"] === undefined ? undefined : Number(process.env["CONTRACT_SEED"]);
const isRunnable = canRunKafka();

for (const [version, prefix] of [
  ["4.4.0", ""],
  ["4.4.0", "shop-a."],
  ["3.9.2", ""],
] as const) {
  describe.skipIf(!isRunnable)(`Kafka ${version}${prefix && ` with prefix ${prefix}`}`, () => {
    let temporary: TemporaryFolder;
    let brokers: readonly string[];

    beforeAll(async () => {
      temporary = await temporaryFolder();
      const folder = join(temporary.path, "cluster");
      brokers = bootstrapServers(await startKafka({ jarsFolder: ".kafka", folder, version, brokers: 1 }));
    }, 120_000);
    afterAll(async () => {
      await stopKafka(join(temporary.path, "cluster"));
      await temporary.remove();
    }, 60_000);

    const open = async (): Promise<EventLog> => {
      const log = await openKafkaLog({ brokers, clientId: "contract", sessionTimeoutMs: 6_000 });
      return prefix === "" ? log : prefixedLog(log, prefix);
    };
    eventLogContract(`kafka ${version}`, {
      seed: contractSeed,
      deadlineMs: 30_000,
      propertyRuns: 5,
      async open() {
        let log = await open();
        const members: EventLog[] = [];
        return {
          log,
          async reopen() {
            await log.close();
            log = await open();
            return log;
          },
          async openMember() {
            const member = await open();
            members.push(member);
            return { log: member };
          },
          close: async () => void (await Promise.all([log, ...members].map((opened) => opened.close()))),
        };
      },
    });
  });
}
