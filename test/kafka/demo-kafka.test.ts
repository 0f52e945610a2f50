import { describe, expect, it } from "vitest";
import type { SmokeReport } from "../../scripts/demo/smoke.ts";
import { runCommand } from "../run-command.ts";
import { canRunKafka } from "./kafka-or-skip.ts";

describe.skipIf(!canRunKafka())("npm run demo -- --kafka --smoke --json", () => {
  it(
    "follows events over a real broker to a recommendation, and everything adds up",
    { timeout: 240_000 },
    async () => {
      const args = ["--kafka", "--smoke", "--json", "--seed", "7"];
      const { exitCode, lastJson, stderr } = await runCommand("scripts/demo.ts", args);
      expect(exitCode, stderr).toBe(0);
      const report = lastJson() as SmokeReport;
      expect(report).toMatchObject({ ok: true, problems: [] });
      expect(report.inLake).toBe(report.accepted);
      expect(report.accepted).toBeGreaterThan(0);
    },
  );
});
