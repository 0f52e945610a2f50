import { topics } from "@footfall/events";
import { deadLetterTopicOf } from "@footfall/ingest";
import { readAll, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import fc from "fast-check";
import { rejectedEvents } from "../src/rejected-events.ts";
import { openPipeline, type PipelineFixture, startMs } from "./pipeline-fixture.ts";

let pipeline: PipelineFixture;
beforeEach(async () => {
  pipeline = await openPipeline();
});
afterEach(() => pipeline.close());

const rejection = {
  code: "EVENT_FIELD_INVALID",
  field: "/items/0/price",
  reason: "must be a number",
  tenant: "demo",
  rejectedAtMs: startMs + 5,
  sentAtMs: startMs,
  historic: false,
  event: { name: "view_item", items: [{ price: "many" }] },
};
const send = (...texts: (string | null)[]) =>
  pipeline.log.append(
    topics.rejected,
    texts.map((text) => ({ key: null, value: text === null ? null : Buffer.from(text) })),
  );
const rows = (columns: string) =>
  waitFor(
    async () => {
      const found = await pipeline.lake.query(`SELECT ${columns} FROM rejected_events ORDER BY log_offset`);
      return found.length > 0 && found;
    },
    { deadlineMs: 20_000 },
  );

test("what was refused can be queried, whole, also what is no refused event at all", async () => {
  await send(JSON.stringify(rejection), null, '{"half', JSON.stringify({ ...rejection, tenant: "" }));
  await pipeline.start();
  const found = await rows("code, field, reason, tenant, rejected_at, sent_at, historic, body, log_offset");
  const { code, field, reason, event } = rejection;
  const whole = { code, field, reason, rejected_at: startMs + 5, sent_at: startMs, historic: false };
  expect(found).toEqual([
    { ...whole, tenant: "demo", body: JSON.stringify(event), log_offset: 0 },
    expect.objectContaining({ code: "EVENT_BODY_MALFORMED", tenant: "unknown", body: '{"half', log_offset: 2 }),
    { ...whole, tenant: "unknown", body: JSON.stringify(event), log_offset: 3 },
  ]);
});

test("a record that no row can hold becomes a dead letter, and the rest goes on", async () => {
  // A Date can hold it, a timestamp of the lake cannot.
  const beyond = JSON.stringify({ ...rejection, rejectedAtMs: 8.64e15 });
  await send(JSON.stringify(rejection), beyond, JSON.stringify(rejection));
  await pipeline.start();
  const found = await rows("log_offset");
  expect(found).toEqual([{ log_offset: 0 }, { log_offset: 2 }]);
  const letters = await readAll(pipeline.log, deadLetterTopicOf(topics.rejected), 0);
  expect(letters.map(({ value }) => value!.toString())).toEqual([beyond]);
  const headers = Object.fromEntries([...letters[0]!.headers!].map(([name, value]) => [name, value.toString()]));
  expect(headers).toMatchObject({ "footfall.topic": topics.rejected, "footfall.offset": "1" });
  expect(headers["footfall.reason"]).not.toBe("");
});

test("every record has an answer", () => {
  const mangled = fc.record(
    rejection && Object.fromEntries(Object.keys(rejection).map((key) => [key, fc.jsonValue()])),
  );
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    mangled.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(texts, fc.double(), (text, time) => {
      for (const value of [text, JSON.stringify({ ...rejection, rejectedAtMs: time })]) {
        const record = { offset: 7n, key: null, value: Buffer.from(value), appendedAtMs: startMs };
        expect(rejectedEvents.decode(record, { topic: topics.rejected, partition: 0 })).toHaveProperty("row.body");
      }
    }),
  );
});
