import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildTracker } from "../build.mjs";

const gzipBytesMax = 5_600;
let outDir: string;

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), "footfall-tracker-"));
  await buildTracker(outDir);
});
afterAll(() => rm(outDir, { recursive: true }));

test.each(["t.js", "index.js"])("%s stays within its budget", async (name) => {
  const file = await readFile(join(outDir, name));
  expect(file.length).toBeGreaterThan(1_000);
  expect(gzipSync(file, { level: 9 }).length).toBeLessThanOrEqual(gzipBytesMax);
});

test("the bundles need nothing that a strict content security policy forbids, and load nothing", async () => {
  for (const name of ["t.js", "index.js"]) {
    const code = await readFile(join(outDir, name), "utf8");
    expect(code).not.toMatch(/\beval\(|new Function|createElement|\bimport\(|innerHTML/);
  }
});
