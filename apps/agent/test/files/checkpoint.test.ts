import { readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCheckpoint } from "../../src/files/checkpoint.ts";
import { TailBench } from "./tail-bench.ts";

let bench: TailBench;
beforeEach(async () => {
  bench = await TailBench.open();
  await bench.write("app.log", "one\n");
  await bench.poll();
  await bench.restart();
});
afterEach(() => bench.remove());

describe("the checkpoint", () => {
  it("is empty where there is none, and holds the positions", async () => {
    expect(await readCheckpoint(bench.path("none"))).toEqual({ generations: [], copies: {} });
    const { generations } = await readCheckpoint(bench.checkpointPath);
    expect(generations).toMatchObject([{ path: bench.path("app.log"), fingerprint: { offset: 4 } }]);
    expect(generations[0]!.generation).toMatch(/^[0-9a-f]{32}$/);
  });

  it("is refused by name when it is damaged, cut short or newer", async () => {
    const whole = await readFile(bench.checkpointPath, "utf8");
    const damaged = ["", "{", whole.slice(0, -1), whole.replace('"offset":4', '"offset":5'), "null\n{}"];
    for (const content of [...damaged, whole.replace('"version":1', '"version":2')]) {
      await writeFile(bench.checkpointPath, content);
      await expect(bench.tailer()).rejects.toMatchObject({
        code: "AGENT_CHECKPOINT_CORRUPT",
        message: expect.stringContaining(bench.checkpointPath) as string,
      });
    }
  });

  it("finds files again when only the device's number has changed", async () => {
    const [header, body] = (await readFile(bench.checkpointPath, "utf8")).split("\n");
    const moved = body!.replace(/"device":"\d+"/, '"device":"1"');
    const { createHash } = await import("node:crypto");
    const sha256 = createHash("sha256").update(moved).digest("hex");
    await writeFile(bench.checkpointPath, `${header!.replace(/[0-9a-f]{64}/, sha256)}\n${moved}`);
    await bench.append("app.log", "two\n");
    await bench.poll();
    expect(bench.texts()).toEqual(["one", "two"]);
    expect(bench.generations()).toBe(1);
  });
});
