import { afterEach, describe, expect, it } from "vitest";
import { clickEvent, type RunningCollector, startCollector } from "../../apps/collector/test/running-collector.ts";
import { showCase } from "./cases-report.ts";

let running: RunningCollector | undefined;
afterEach(() => running?.close());

describe("events as real senders send them", () => {
  it("takes a title that was cut in the middle of an emoji", async () => {
    running = await startCollector();
    const { receipts } = await running.send([clickEvent({ page_title: "Shoes \ud83d" })]);
    expect(receipts.map(({ status }) => status)).toEqual(["accepted"]);
    await showCase("page_title with half an emoji", "accepted, the half replaced by U+FFFD");
  });
});
