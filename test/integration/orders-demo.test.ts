import { openEmbeddedLog } from "@footfall/log/embedded";
import { storageFolders } from "@footfall/runtime";
import { readAll, type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../run-command.ts";

const orders = 60;

interface Account {
  readonly first: { readonly exitCode: number; readonly report: Report };
  readonly second: { readonly exitCode: number; readonly report: Report };
}
interface Report {
  readonly runId: string;
  readonly tally: {
    readonly differing: number;
    readonly fields: readonly { readonly field: string }[];
    readonly only: object;
  };
}

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

async function recordsOf(topic: string): Promise<Record<string, unknown>[]> {
  const log = await openEmbeddedLog({ folder: storageFolders(folder.path).log });
  const partitions = (await log.offsets(topic)).map((_, partition) => readAll(log, topic, partition));
  const records = (await Promise.all(partitions)).flat();
  await log.close();
  return records.map(({ value }) => JSON.parse(value!.toString()) as Record<string, unknown>);
}

const demo = (...parameters: string[]) =>
  runCommand("scripts/orders-demo.ts", ["--storage", folder.path, "--json", ...parameters]);

describe("npm run orders-demo", () => {
  it("finds what the rewrite does wrong, finds it equal once mended, and switches over", async () => {
    const { exitCode, stderr, lastJson } = await demo("--orders", String(orders));
    expect([exitCode, stderr]).toEqual([0, ""]);
    const { first, second, ...account } = lastJson() as Account;
    expect(account).toEqual({ isRight: true, orders, switched: { old: 0, new: orders }, shadowFailures: 0 });
    expect([first.exitCode, second.exitCode]).toEqual([1, 0]);
    const fields = first.report.tally.fields.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(["/total", "/discount", "/lines/*", "/deliverAt"]));
    expect(fields.filter((field) => !/^\/(total|tax|discount|deliverAt|lines\/\*)$/.test(field))).toEqual([]);
    expect(first.report.tally.only).toEqual({ left: 0, right: 0 });
    expect(second.report.tally).toMatchObject({ pairs: orders, differing: 0, fields: [] });

    const found = await recordsOf("ORDER.mismatches");
    const mismatches = found.filter(({ outcome }) => outcome !== undefined);
    expect(found.filter(({ report }) => report !== undefined).map(({ runId }) => runId)).toContain(first.report.runId);
    expect(mismatches).toHaveLength(first.report.tally.differing);
    expect(new Set(mismatches.map(({ runId, outcome }) => `${String(runId)} ${String(outcome)}`))).toEqual(
      new Set([`${first.report.runId} different`]),
    );
    const [old, rewritten] = [await recordsOf("ORDER"), await recordsOf("ORDERNEW")];
    expect([old.length, rewritten.length]).toEqual([2 * orders, 3 * orders]);
    const ids = new Set(rewritten.map(({ orderId }) => orderId));
    expect(ids.size).toBe(3 * orders);
    expect(old.every(({ orderId }) => ids.has(orderId))).toBe(true);
  }, 120_000);

  it("refuses a fault that it does not have", async () => {
    const { exitCode, stderr } = await demo("--faults", "rounding,greed");
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("greed is none of rounding, lost-line, time-zone")]);
  });
});
