import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { expectSoon, nowMs, type RunningRecommender, shortly, startRecommender } from "./running-recommender.ts";

// The pointer is looked at twice a second, and some of these tests swap three times.
vi.setConfig({ testTimeout: 30_000 });

let running: RunningRecommender;
beforeEach(async () => {
  running = await startRecommender();
});
afterEach(() => running.close());

const servedVersion = async () => (await running.ask("")).body.modelVersion;
const becomes = (version: string) => waitFor(async () => (await servedVersion()) === version, { deadlineMs: 15_000 });

test("the current model is served from the first request after a restart", async () => {
  const version = await running.publish(["a", "b"]);
  running = await running.restart();
  expect(await servedVersion()).toBe(version);
});

test("models swap under load without a failed or mixed answer, and roll back", async () => {
  const items = { first: ["a1", "a2", "a3"], second: ["b1", "b2", "b3"] };
  const first = await running.publish(items.first);
  await becomes(first);
  const problems: string[] = [];
  const seen = new Set<string | null>();
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const answer = await running.ask("?limit=3");
      const { modelVersion } = answer.body;
      seen.add(modelVersion);
      const expected = modelVersion === first ? "a1 a2 a3" : "b1 b2 b3";
      const got = answer.body.items?.map((item) => item.itemId).join(" ");
      if (answer.status !== 200 || got !== expected) problems.push(`${answer.status} ${modelVersion} ${got}`);
    }
  };
  const clients = Array.from({ length: 4 }, client);
  const second = await running.publish(items.second);
  try {
    await becomes(second);
    await running.store().rollback(nowMs);
    await becomes(first);
  } finally {
    isOver = true;
    await Promise.all(clients);
  }
  expect(problems).toEqual([]);
  expect(seen).toEqual(new Set([first, second]));
  expect(await running.metric(/^footfall_recommender_model_swaps_total\{tenant="demo"\} 3$/)).toBeDefined();
  expect(await running.metric(new RegExp(`model_info.*${second}`))).toBeUndefined();
});

test.each([
  ["truncated", (file: string) => truncate(file, 100)],
  ["altered", async (file: string) => writeFile(file, (await readFile(file)).fill(1, 200, 260))],
])("a %s model file is refused and the model before it is served on", async (_, damage) => {
  const first = await running.publish(["a", "b"]);
  await becomes(first);
  const second = await running.publish(["c", "d"]);
  await becomes(second);
  await running.store().rollback(nowMs);
  await becomes(first);
  await damage(join(running.store().folder, second, "neighbors.arrow"));
  // The store refuses to point to a damaged model, so the pointer is turned by hand: the damage came after it.
  const pointer = { modelVersion: second, publishedAtMs: nowMs, previous: first };
  await writeFile(join(running.store().folder, "current.json"), JSON.stringify(pointer));
  const problem = await waitFor(() => running.service.health()[0]);
  expect(problem).toMatchObject({ code: "MODEL_CORRUPT" });
  expect(problem.message).toContain(first);
  expect(shortly(await running.ask("?itemId=a&limit=1"))).toBe("b:item");
  expect(await running.metric(/^footfall_recommender_model_failures_total\{tenant="demo"\} 1$/)).toBeDefined();
  const third = await running.publish(["e", "f"]);
  await becomes(third);
  expect(running.service.health()).toEqual([]);
});

test("a damaged pointer is told, and without any model trending answers", async () => {
  await running.publish(["a", "b"]);
  await writeFile(join(running.store().folder, "current.json"), "{");
  running = await running.restart();
  expect(running.service.health()).toMatchObject([{ code: "MODEL_CORRUPT" }]);
  await running.append({ visitorId: "v", itemIds: ["x"] });
  await expectSoon(running, "", "x:trending");
  const version = await running.publish(["a", "b"]);
  await becomes(version);
  expect(running.service.health()).toEqual([]);
});
