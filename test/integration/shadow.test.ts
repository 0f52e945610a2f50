import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom } from "@footfall/base";
import { encodeEnvelope, type EventEnvelope, topics } from "@footfall/events";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { openModelStore, sha256Hex } from "@footfall/models";
import { storageFolders } from "@footfall/runtime";
import { defaultSimilarityParameters, encodeModel } from "@footfall/similarity";
import { readAll, type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { runCommand } from "../run-command.ts";

const itemCount = 60;
const neighborsEach = 12;
const nowMs = Date.now();
const mean = (value: number) => expect.objectContaining({ mean: value }) as unknown;

interface Report {
  readonly exitCode: number;
  readonly runId: string;
  readonly reasons: readonly string[];
  readonly models: { readonly left: string[]; readonly right: string[] };
  readonly counts: Record<"requests" | "compared" | "identical", number> & {
    readonly overlap: Record<string, { readonly mean: number }>;
    readonly rbo: { readonly mean: number };
    readonly left: { readonly latencyMs: { readonly p50: number } };
  };
  readonly noise?: Report["counts"];
}

/** A model in which each item has neighbours drawn by the seed. */
async function publishModel(storageDir: string, seed: number): Promise<string> {
  const random = seededRandom(seed);
  const all = Array.from({ length: itemCount }, (_, item) => item);
  const neighbors = all.flatMap((item) => {
    const others = all.filter((other) => other !== item).map((other) => [random(), other] as const);
    return others
      .sort(([a], [b]) => a - b)
      .slice(0, neighborsEach)
      .map(([, other]) => other);
  });
  const encoded = encodeModel(
    {
      itemIds: all.map((item) => `item-${item}`),
      neighborOffsets: Int32Array.from({ length: itemCount + 1 }, (_, item) => item * neighborsEach),
      neighborItems: Int32Array.from(neighbors),
      neighborScores: Float32Array.from(neighbors, (_, at) => 1 / (1 + (at % neighborsEach))),
      neighborSupport: new Int32Array(neighbors.length).fill(3),
      itemSupport: new Int32Array(itemCount).fill(9),
      popularItems: Int32Array.from(all),
      popularScores: Float32Array.from(all, (item) => itemCount - item),
    },
    {
      tenant: "demo",
      lakeVersion: 1,
      parameters: defaultSimilarityParameters,
      parent: null,
      trainedUntilMs: nowMs - 60_000,
      sessions: 1,
      interactions: 1,
    },
    sha256Hex,
  );
  await openModelStore(storageFolders(storageDir).models, "demo").publishModel(encoded, nowMs);
  return encoded.manifest.modelVersion;
}

async function appendClicks(storageDir: string): Promise<void> {
  const log = await openEmbeddedLog({ folder: storageFolders(storageDir).log });
  await log.createTopic({ name: topics.clicks, partitions: 2 });
  const records = Array.from({ length: 200 }, (_, at) => {
    const envelope = {
      v: 1,
      eventId: `018f0000-0000-7000-8000-${String(at).padStart(12, "0")}`,
      name: "view_item",
      tenant: "demo",
      visitorId: `visitor-${at % 80}`,
      sessionId: "s",
      occurredAtMs: nowMs - 60_000 + at,
      sentAtMs: nowMs,
      receivedAtMs: nowMs,
      items: [{ item_id: `item-${(at * 7) % itemCount}` }],
      ...(at % 80 === 5 && { isBot: true }),
    } as unknown as EventEnvelope;
    return { key: envelope.visitorId as string, value: Buffer.from(encodeEnvelope(envelope)) };
  });
  await log.append(topics.clicks, [...records, { key: "x", value: Buffer.from("no event") }]);
  await log.close();
}

describe("npm run shadow", () => {
  const folders: TemporaryFolder[] = [];
  const apps: AppProcess[] = [];
  let file: string;
  let versions: string[];

  const run = async (...parameters: string[]) =>
    runCommand("scripts/shadow.ts", [
      "--storage",
      folders[0]!.path,
      "--rate",
      "1000",
      "--timeout",
      "20s",
      ...parameters,
    ]);

  beforeAll(async () => {
    for (let at = 0; at < 3; at++) folders.push(await temporaryFolder());
    versions = await Promise.all([1, 1, 2].map((seed, at) => publishModel(folders[at]!.path, seed)));
    // The equal ones have equal clicks: they take part in what is recommended beside an item.
    await Promise.all(folders.slice(0, 2).map(({ path }) => appendClicks(path)));
    apps.push(...(await Promise.all(folders.map(({ path }) => startApp("recommender", path, {})))));
    file = join(folders[0]!.path, "requests.jsonl");
    const lines = Array.from({ length: 240 }, (_, at) => {
      const path = `/recommendations?key=demo&itemId=item-${at % itemCount}&limit=${10 + (at % 3)}`;
      if (at % 3 === 0) return path;
      return JSON.stringify(
        at % 3 === 1 ? { path } : { path: "/recommendations?key=demo", body: { itemId: `item-${at % itemCount}` } },
      );
    });
    await writeFile(file, `${lines.join("\n")}\n`);
    for (const { url } of apps.slice(0, 2)) {
      const visitor = `${url}/recommendations?key=demo&visitorId=visitor-79&limit=1`;
      // Its own history, not only what is popular: the clicks have been read.
      await waitFor(async () => (await (await fetch(visitor)).text()).includes('"session"'));
    }
  }, 120_000);
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await Promise.all(folders.map((folder) => folder.remove()));
  });

  it("finds two recommenders with one model equal", async () => {
    const { exitCode, stderr, lastJson } = await run(
      "--left",
      apps[0]!.url,
      "--right",
      apps[1]!.url,
      "--requests",
      file,
      "--json",
    );
    expect([exitCode, stderr]).toEqual([0, ""]);
    const report = lastJson() as Report;
    expect(report.counts).toMatchObject({ requests: 240, compared: 240, identical: 240, rbo: mean(1) });
    expect(report.counts.overlap).toEqual({ 1: mean(1), 5: mean(1), 10: mean(1) });
    expect(report.models).toEqual({ left: [versions[0]], right: [versions[0]] });
    expect(report.counts.left.latencyMs.p50).toBeGreaterThan(0);
  });

  it("tells another model, where it differs, and writes it into a topic", async () => {
    const sides = ["--left", apps[0]!.url, "--right", apps[2]!.url, "--requests", file];
    const { exitCode, stderr, lastJson } = await run(
      ...sides,
      "--noise",
      "--mismatches",
      "shadow.mismatches",
      "--json",
    );
    expect([exitCode, stderr]).toEqual([1, ""]);
    const report = lastJson() as Report;
    // Of 12 random neighbours out of 59 in each model, few are shared.
    expect(report.counts.overlap["10"]!.mean).toBeLessThan(0.5);
    expect(report.counts.rbo.mean).toBeLessThan(0.5);
    expect(report.noise).toMatchObject({ identical: 240, rbo: mean(1) });
    expect(report.models).toEqual({ left: [versions[0]], right: [versions[2]] });
    expect(report.reasons[0]).toMatch(/^overlap@10 is 0\.\d+ .* below 0\.9$/);
    const log = await openEmbeddedLog({ folder: storageFolders(folders[0]!.path).log });
    const partitions = (await log.offsets("shadow.mismatches")).map((_, at) => readAll(log, "shadow.mismatches", at));
    const found = (await Promise.all(partitions)).flat().map(({ value }) => JSON.parse(value!.toString()) as object);
    await log.close();
    const mismatches = found.filter((record) => "outcome" in record);
    expect(mismatches).toHaveLength(240 - report.counts.identical);
    expect(found).toHaveLength(mismatches.length + 1);
    expect(found).toContainEqual({
      runId: report.runId,
      report: expect.objectContaining({ verdict: "different", figures: expect.objectContaining({ requests: 240 }) }),
    });
    expect(mismatches[0]).toMatchObject({
      runId: report.runId,
      outcome: "different",
      eventType: "recommendations",
      left: { copies: 1, document: expect.stringContaining(versions[0]!) },
      right: { document: expect.stringContaining(versions[2]!) },
      differences: expect.arrayContaining([expect.objectContaining({ field: "/items/*", kind: "removed" })]),
    });
    expect(JSON.stringify(found)).not.toContain("key=demo");
    const text = await run(...sides);
    expect(text.stdout).toContain("DIFFERENT\n  overlap@10 is 0.");
    expect(text.stdout).toMatch(/\/items\/\d+ removed: "item-\d+" → nothing/);
  });

  it("asks what visitors in the clicks would, and adds nothing to the log", async () => {
    const folder = storageFolders(folders[0]!.path).log;
    const offsets = async () => {
      const log = await openEmbeddedLog({ folder });
      const ends = await log.offsets(topics.clicks);
      await log.close();
      return ends;
    };
    const before = await offsets();
    const clicks = ["--from-clicks", "--left", apps[0]!.url, "--json"];
    const same = await run(...clicks, "--right", apps[0]!.url);
    expect([same.exitCode, same.stderr]).toEqual([0, ""]);
    // 79 visitors that are no bots, twice each.
    expect((same.lastJson() as Report).counts).toMatchObject({ requests: 158, compared: 158, identical: 158 });
    // One that has read none of the clicks.
    const unread = await run(...clicks, "--right", apps[2]!.url);
    expect(unread.exitCode).toBe(1);
    expect((unread.lastJson() as Report).counts.identical).toBeLessThan(158);
    expect(await offsets()).toEqual(before);
  });

  it("ends with 2 where it cannot tell, and says why", async () => {
    const sides = ["--left", apps[0]!.url, "--right", apps[1]!.url];
    const few = await run(...sides, "--requests", file, "--count", "50");
    expect([few.exitCode, few.stdout]).toEqual([
      2,
      expect.stringContaining("50 rankings were compared, 100 are wanted"),
    ]);
    const away = await run("--left", apps[0]!.url, "--right", "http://127.0.0.1:9", "--requests", file);
    expect([away.exitCode, away.stderr]).toEqual([2, expect.stringContaining("SERVER_UNAVAILABLE")]);
    const bad = join(folders[0]!.path, "bad.jsonl");
    await writeFile(bad, "/recommendations?itemId=a\n\n/v1/events\n");
    const misused = await run(...sides, "--requests", bad);
    expect([misused.exitCode, misused.stderr]).toEqual([
      2,
      expect.stringContaining("bad.jsonl:3: only /recommendations is asked"),
    ]);
    const neither = await run(...sides);
    expect([neither.exitCode, neither.stderr]).toEqual([
      2,
      expect.stringContaining("either --requests FILE or --from-clicks"),
    ]);
  });
});
