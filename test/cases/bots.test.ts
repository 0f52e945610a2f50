import { type EventEnvelope, topics } from "@footfall/events";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openPipeline, type PipelineFixture } from "../../apps/aggregator/test/pipeline-fixture.ts";
import {
  clickEvent,
  pageOrigin,
  type RunningCollector,
  startCollector,
} from "../../apps/collector/test/running-collector.ts";
import { botAgents, libraryAgents, visitorAgents } from "../../apps/collector/test/user-agents.ts";
import { showCase } from "./cases-report.ts";

let collector: RunningCollector;
let pipeline: PipelineFixture;
beforeEach(async () => {
  collector = await startCollector();
  pipeline = await openPipeline(1);
});
afterEach(async () => {
  await pipeline.close();
  await collector.close();
});

/** `is_bot` of the stored events of senders, in their order, each with one event that is accepted. */
async function storedMarks(key: string, agents: readonly string[], headers: Record<string, string> = {}) {
  for (const [at, agent] of agents.entries()) {
    const body = JSON.stringify({ key, events: [clickEvent({ seq: at + 1 })] });
    const { receipts } = await collector.post(body, { "User-Agent": agent, ...headers });
    expect(receipts.map(({ status }) => status)).toEqual(["accepted"]);
  }
  await pipeline.send(collector.log.values(topics.clicks) as EventEnvelope[]);
  await (await pipeline.start()).caughtUp();
  const rows = await pipeline.lake.query<{ is_bot: boolean | null }>("SELECT is_bot FROM events ORDER BY seq");
  return rows.map((row) => row.is_bot);
}

it("well-known bots on a page", async () => {
  const marks = await storedMarks("page", Object.values(botAgents), { Origin: pageOrigin });
  expect(marks).toEqual(Object.values(botAgents).map(() => true));
  for (const name of Object.keys(botAgents)) await showCase(`${name} on a page`, "accepted, is_bot in events");
});

it("visitors on a page, also in the browsers of apps", async () => {
  const marks = await storedMarks("page", Object.values(visitorAgents), { Origin: pageOrigin });
  expect(marks).toEqual(Object.values(visitorAgents).map(() => null));
  for (const name of Object.keys(visitorAgents)) await showCase(`${name} on a page`, "accepted, not marked");
});

it.each(["other", "open"])("servers that post with the key %s", async (key) => {
  const marks = await storedMarks(key, Object.values(libraryAgents));
  expect(marks).toEqual(Object.values(libraryAgents).map(() => null));
  const where = key === "other" ? "a server's key" : "a page key and no origin";
  for (const name of Object.keys(libraryAgents)) await showCase(`${name} with ${where}`, "accepted, not marked");
});
