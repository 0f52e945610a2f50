import { seededRandom, systemClock } from "@footfall/base";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, demoWriteKeys } from "@footfall/runtime";
import { startStandalone } from "@footfall/standalone";
import { temporaryFolder } from "@footfall/testkit";
import { validate } from "@readme/openapi-parser";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCollector } from "../../apps/collector/test/running-collector.ts";
import { startRecommender } from "../../apps/recommender/test/running-recommender.ts";

const closing: (() => Promise<unknown>)[] = [];
const urls = new Map<string, string>();

beforeAll(async () => {
  const collector = await startCollector();
  closing.push(() => collector.close());
  const recommender = await startRecommender();
  closing.push(() => recommender.close());
  const folder = await temporaryFolder();
  const standalone = await startStandalone({
    storageDir: folder.path,
    host: "127.0.0.1",
    port: 0,
    keys: demoWriteKeys,
    openLog: openEmbeddedLog,
    trackerScript: Buffer.from(""),
    clock: systemClock,
    random: seededRandom(1),
    logger: createLogger({ name: "standalone", level: "silent" }),
    commitIntervalMs: 500,
    deriveIntervalMs: 500,
    idleTimeoutMs: 1_000,
    outOfOrderMs: 1_000,
  });
  closing.push(async () => {
    await standalone.stop();
    await folder.remove();
  });
  urls.set("collector", collector.server.url).set("recommender", recommender.server.url);
  urls.set("standalone", standalone.url);
});
afterAll(async () => {
  for (const close of closing) await close();
});

describe("openapi.json", () => {
  it.each([
    ["collector", ["/v1/events"], "sendEvents"],
    ["recommender", ["/recommendations"], "recommend"],
    ["standalone", ["/recommendations", "/v1/events"], "sendEvents"],
  ])("of the %s satisfies two validators, and its page shows it", async (app, paths, operationId) => {
    const url = urls.get(app)!;
    const text = await (await fetch(`${url}/openapi.json`)).text();
    expect(Object.keys((JSON.parse(text) as { paths: object }).paths).sort()).toEqual(paths);
    expect(text).toContain(operationId);

    // Each follows every reference: a type that is named but not there is an error.
    expect(await validate(JSON.parse(text))).toMatchObject({ valid: true });
    const validator = new Validator();
    expect(await validator.validate(JSON.parse(text))).toEqual({ valid: true });
    expect(() => validator.resolveRefs()).not.toThrow();

    const page = await (await fetch(`${url}/docs`)).text();
    const linked = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]!);
    expect(linked).toContain("Problem");
    for (const name of linked) expect(page).toContain(`id="${name}"`);
  });
});
