import { describe, expect, it } from "vitest";
import type { SmokeReport } from "../../scripts/demo/smoke.ts";
import { runCommand } from "../run-command.ts";

describe("npm run demo -- --smoke --json", () => {
  it("follows events from HTTP to a recommendation, and everything adds up", { timeout: 240_000 }, async () => {
    const { exitCode, lastJson, stderr } = await runCommand("scripts/demo.ts", ["--smoke", "--json", "--seed", "7"]);
    expect(exitCode, stderr).toBe(0);
    const report = lastJson() as SmokeReport;
    expect(report).toMatchObject({ ok: true, problems: [] });
    expect(report.sent).toBe(report.accepted + report.duplicate + report.rejected);
    expect(report.inLake).toBe(report.accepted);
    for (const count of [report.duplicate, report.rejected, report.windows, report.sessions]) {
      expect(count).toBeGreaterThan(0);
    }
    expect(report.modelVersion).toMatch(/^[0-9a-f]{16}$/);
    expect(report.metrics?.all.hitRate).toBeGreaterThan(0);
    for (const { itemId, recommended } of report.sample) {
      expect(recommended.length).toBeGreaterThan(0);
      expect(recommended.map((item) => item.itemId)).not.toContain(itemId);
    }
    expect(Object.keys(report.seconds)).toEqual(
      expect.arrayContaining(["start", "send", "lake", "train", "recommend", "stop", "total"]),
    );
  });
});
