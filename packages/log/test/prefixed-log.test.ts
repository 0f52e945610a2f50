import { openEmbeddedLog } from "@footfall/log/embedded";
import { eventLogContract, record, temporaryFolder } from "@footfall/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { prefixedLog, withoutPrefix } from "../src/prefixed-log.ts";

const memberSettings = { sessionTimeoutMs: 400, pollIntervalMs: 5 };

eventLogContract("a log with a prefix", {
  propertyRuns: 3,
  async open() {
    const folder = await temporaryFolder();
    const open = async () => prefixedLog(await openEmbeddedLog({ folder: folder.path, ...memberSettings }), "shop-a.");
    let log = await open();
    const members = [log];
    return {
      log,
      async reopen() {
        await log.close();
        members.push((log = await open()));
        return log;
      },
      async openMember() {
        const member = await open();
        members.push(member);
        return { log: member };
      },
      async close() {
        await Promise.all(members.map((member) => member.close()));
        await folder.remove();
      },
    };
  },
});

describe("prefixedLog", () => {
  it("keeps the topics and groups of two installations apart, and names them as if there were one", async () => {
    const folder = await temporaryFolder();
    const shared = await openEmbeddedLog({ folder: folder.path });
    onTestFinished(async () => {
      await shared.close();
      await folder.remove();
    });
    const [a, b] = [prefixedLog(shared, "shop-a."), prefixedLog(shared, "shop-b.")];
    for (const log of [a, b]) await log.createTopic({ name: "clicks", partitions: 1 });
    await a.append("clicks", [record("v1", "1"), record("v1", "2")]);
    await a.resetOffsets("aggregator", "clicks", new Map([[0, 2n]]));
    expect((await shared.topics()).map(({ name }) => name).toSorted()).toEqual(["shop-a.clicks", "shop-b.clicks"]);
    expect(await b.topics()).toEqual([{ name: "clicks", partitions: 1 }]);
    expect(await b.offsets("clicks")).toEqual([{ startOffset: 0n, endOffset: 0n }]);
    expect(await a.groupOffsets("aggregator", "clicks")).toEqual([2n]);
    expect(await shared.groupOffsets("shop-a.aggregator", "shop-a.clicks")).toEqual([2n]);
    expect(await b.groupOffsets("aggregator", "clicks")).toEqual([undefined]);
  });

  it("refuses a prefix that no topic can have", async () => {
    expect(() => prefixedLog({} as never, "shop a/")).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    expect(withoutPrefix({ topic: "shop-a.clicks", partition: 1 }, "shop-a.")).toEqual({
      topic: "clicks",
      partition: 1,
    });
  });
});
