import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { type EventLog, partitionOfKey } from "@footfall/log";
import fc from "fast-check";
import { expect, it } from "vitest";
import { waitFor } from "../wait-for.ts";

const appendArbitrary = fc.array(
  fc.record({ key: fc.string({ unit: "grapheme", maxLength: 12 }), value: fc.uint8Array({ maxLength: 80 }) }),
  { maxLength: 12 },
);

/** Any appends, waited for or not: the log holds what a plain array per partition would hold. */
export function eventLogProperties(log: () => EventLog, numRuns: number, deadlineMs: number): void {
  it("behaves like one array per partition", { timeout: deadlineMs * 8 }, async () => {
    const appends = fc.array(fc.tuple(appendArbitrary, fc.boolean()), { maxLength: 12 });
    const property = fc.asyncProperty(appends, fc.integer({ min: 1, max: 6 }), async (calls, partitions) => {
      const topic = `property-${randomUUID()}`;
      await log().createTopic({ name: topic, partitions });
      const model: { key: string; value: Buffer }[][] = Array.from({ length: partitions }, () => []);
      const answers: Promise<void>[] = [];
      for (const [records, isAwaited] of calls) {
        const expected = records.map(({ key, value }) => {
          const partition = partitionOfKey(key, partitions);
          const length = model[partition]!.push({ key, value: Buffer.from(value) });
          return { partition, offset: BigInt(length - 1) };
        });
        const answer = log()
          .append(topic, records)
          .then((places) => expect(places).toEqual(expected));
        answers.push(answer);
        if (isAwaited) await answer;
      }
      await Promise.all(answers);
      expect((await log().offsets(topic)).map(({ endOffset }) => Number(endOffset))).toEqual(
        model.map((m) => m.length),
      );
      const delivered: { key: string | null; value: Buffer }[][] = model.map(() => []);
      const subscription = await log().subscribe({
        topics: [topic],
        from: "earliest",
        batchRecordsMax: 5,
        onBatch: async ({ partition, records }) => {
          for (const { key, value, offset } of records) {
            expect(Number(offset)).toBe(delivered[partition]!.length);
            delivered[partition]!.push({ key, value: Buffer.from(value!) });
          }
        },
      });
      const total = model.reduce((sum, { length }) => sum + length, 0);
      const what = "every record is delivered";
      await waitFor(() => delivered.reduce((sum, { length }) => sum + length, 0) >= total, { deadlineMs, what });
      await subscription.stop();
      await subscription.done;
      expect(delivered).toEqual(model);
    });
    await fc.assert(property, { numRuns });
  });
}
