import { seededRandom, systemClock } from "@footfall/base";
import { topics } from "@footfall/events";
import { createLogger, demoWriteKeys, Registry, type RunningServer, startServer } from "@footfall/runtime";
import { waitFor } from "@footfall/testkit";
import { createCollector } from "@footfall/collector";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPipeline, type PipelineFixture } from "../../apps/aggregator/test/pipeline-fixture.ts";
import { clickEvent } from "../../apps/collector/test/running-collector.ts";
import { createCollectorClient } from "../../scripts/collector-client.ts";
import { redriveRejects } from "../../scripts/topics/rejected-log.ts";
import { showCase } from "./cases-report.ts";

let pipeline: PipelineFixture;
let server: RunningServer;
beforeEach(async () => {
  pipeline = await openPipeline();
  const logger = createLogger({ name: "test", level: "silent" });
  const registry = new Registry();
  const collector = await createCollector({
    log: pipeline.log,
    keys: demoWriteKeys,
    clock: systemClock,
    random: seededRandom(1),
    logger,
    registry,
    trackerScript: Buffer.from(""),
  });
  server = await startServer({ services: [collector], host: "127.0.0.1", port: 0, logger, registry });
});
afterEach(async () => {
  await server.close();
  await pipeline.close();
});

const client = (isRedrive: boolean) =>
  createCollectorClient({
    url: server.url,
    key: isRedrive ? "demo-historic" : "demo",
    isRedrive,
    clock: systemClock,
    random: seededRandom(2),
  });

describe("operators", () => {
  it("may redrive as often as they like: what is still refused stays one dead letter", async () => {
    const occurredAtMs = systemClock();
    await client(false)([clickEvent({ name: "never", occurredAtMs }), clickEvent({ seq: 0, occurredAtMs })]);
    const filter = { tenant: "demo", code: undefined, sinceMs: undefined };
    for (let run = 0; run < 4; run++) {
      expect(await redriveRejects(pipeline.log, filter, client(true))).toMatchObject({ sent: 2, rejected: 2 });
    }
    expect((await pipeline.log.offsets(topics.rejected))[0]?.endOffset).toBe(2n);
    await pipeline.start();
    await waitFor(async () => (await pipeline.lake.query("SELECT code FROM rejected_events")).length >= 2, {
      deadlineMs: 20_000,
      what: "the refused events in the lake",
    });
    expect(await pipeline.lake.query("SELECT count(*)::INTEGER AS n FROM rejected_events")).toEqual([{ n: 2 }]);
    await showCase(
      "four redrives of two events that are still refused",
      "two dead letters, two rows in rejected_events",
    );
  });
});
