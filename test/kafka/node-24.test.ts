import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { SmokeReport } from "../../scripts/demo/smoke.ts";
import { runCommand } from "../run-command.ts";
import { canRunKafka } from "./kafka-or-skip.ts";
import { mustRunNode24, node24 } from "./node-24-or-skip.ts";

describe.runIf(mustRunNode24())("the demo on the image's Node", () => {
  let node: string;
  beforeAll(() => {
    node = node24();
  }, 180_000);

  async function expectGoodSmoke(flags: readonly string[]): Promise<void> {
    const args = [...flags, "--smoke", "--json", "--seed", "7"];
    const { exitCode, lastJson, stderr } = await runCommand("scripts/demo.ts", args, {}, node);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).not.toMatch(/Warning|DEP\d+/);
    const report = lastJson() as SmokeReport;
    expect(report).toMatchObject({ ok: true, problems: [] });
    expect(report.accepted).toBeGreaterThan(0);
    expect(report.inLake).toBe(report.accepted);
  }

  it("is the one that the Dockerfile names", () => {
    const [, major] = /^v(\d+)\./.exec(spawnSync(node, ["--version"], { encoding: "utf8" }).stdout)!;
    const dockerfile = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8");
    const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(new Set(images)).toEqual(new Set([`node:${major}-bookworm-slim`]));
  });

  it("adds up without a warning, the log on disk", () => expectGoodSmoke([]));

  it.runIf(canRunKafka())("adds up without a warning, the log in Kafka", () => expectGoodSmoke(["--kafka"]));
});
