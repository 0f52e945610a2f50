import { type EventReceipt, type RejectedEvent, topics } from "@footfall/events";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { temporaryFolder } from "@footfall/testkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SendBatch } from "../../../scripts/collector-client.ts";
import { readRejects, redriveRejects } from "../../../scripts/topics/rejected-log.ts";
import { nowMs } from "./running-collector.ts";

const codes = ["EVENT_FIELD_UNKNOWN", "EVENT_NAME_UNKNOWN"] as const;
const step = fc.oneof(
  fc.record({ do: fc.constant("refuse" as const), code: fc.nat(1), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant("mend" as const), nth: fc.nat(9) }),
  fc.record({
    do: fc.constant("redrive" as const),
    code: fc.option(fc.nat(1), { nil: undefined }),
    dies: fc.constantFrom("never", "before sending", "before its mark"),
  }),
);

/** A collector that takes an event once its cause is mended. */
function fakeCollector() {
  const mended = new Set<string>();
  const taken = new Map<string, number>();
  let sentInRun: string[] = [];
  const send: SendBatch = async (events) =>
    (events as { eventId: string }[]).map(({ eventId }): EventReceipt => {
      sentInRun.push(eventId);
      if (!mended.has(eventId)) {
        return { eventId, status: "rejected", code: "EVENT_FIELD_UNKNOWN", field: "", reason: "" };
      }
      taken.set(eventId, (taken.get(eventId) ?? 0) + 1);
      return { eventId, status: taken.get(eventId) === 1 ? "accepted" : "duplicate" };
    });
  const startRun = () => (sentInRun = []);
  return { mended, taken, send, startRun, sentInRun: () => sentInRun };
}

/** The log of a run that dies where its marks would be kept. */
function withoutMarks(log: EventLog): EventLog {
  const die = () => Promise.reject(new Error("killed"));
  return { ...portOf(log), createTopic: die, append: die };
}
const portOf = (log: EventLog): EventLog => ({
  createTopic: (spec) => log.createTopic(spec),
  append: (topic, records) => log.append(topic, records),
  subscribe: (options) => log.subscribe(options),
  read: (range) => log.read(range),
  offsets: (topic) => log.offsets(topic),
  offsetsAt: (topic, timeMs) => log.offsetsAt(topic, timeMs),
  groupOffsets: (group, topic) => log.groupOffsets(group, topic),
  resetOffsets: (group, topic, offsets) => log.resetOffsets(group, topic, offsets),
  topics: () => log.topics(),
  applyRetention: (atMs) => log.applyRetention(atMs),
  close: () => log.close(),
});

test("whatever is mended and wherever a redrive dies: each event once a run until it is taken, none lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const folder = await temporaryFolder();
      const log = await openEmbeddedLog({ folder: folder.path });
      await log.createTopic({ name: topics.rejected, partitions: 2 });
      const collector = fakeCollector();
      const refused: string[] = [];
      const all = { tenant: undefined, code: undefined, sinceMs: undefined };
      const refuse = (code: (typeof codes)[number]) => {
        const eventId = `e${refused.length}`;
        refused.push(eventId);
        const letter: RejectedEvent = {
          tenant: "demo",
          rejectedAtMs: nowMs,
          sentAtMs: nowMs,
          historic: true,
          code,
          field: "",
          reason: "",
          event: { eventId },
        };
        return log.append(topics.rejected, [{ key: null, value: Buffer.from(JSON.stringify(letter)) }]);
      };
      const redrive = async (code: string | undefined, dies: string) => {
        collector.startRun();
        const die = () => Promise.reject(new Error("killed"));
        const run = redriveRejects(
          dies === "before its mark" ? withoutMarks(log) : log,
          { ...all, code },
          dies === "before sending" ? die : collector.send,
        );
        await (dies === "never" ? run : run.catch(() => {}));
        expect(new Set(collector.sentInRun()).size).toBe(collector.sentInRun().length);
      };
      for (const action of steps) {
        if (action.do === "refuse") for (let n = 0; n < action.count; n++) await refuse(codes[action.code]!);
        else if (action.do === "mend" && refused[action.nth]) collector.mended.add(refused[action.nth]!);
        else if (action.do === "redrive") {
          await redrive(action.code === undefined ? undefined : codes[action.code], action.dies);
        }
      }
      await redrive(undefined, "never");
      expect([...collector.taken.keys()].sort()).toEqual([...collector.mended].sort());
      await redrive(undefined, "never");
      const unmended = refused.filter((eventId) => !collector.mended.has(eventId)).sort();
      expect(collector.sentInRun().sort()).toEqual(unmended);
      const left: string[] = [];
      for await (const { event } of readRejects(log, all)) left.push((event as { eventId: string }).eventId);
      expect(left.sort()).toEqual(unmended);
      await log.close();
      await folder.remove();
    }),
    { numRuns: Number(process.env["FOOTFALL_PROPERTY_RUNS"] ?? 25) },
  );
}, 60_000);
