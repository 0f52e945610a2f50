import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCodeOf, systemClock } from "@footfall/base";
import { decodeEnvelope } from "@footfall/events";
import { openLake } from "@footfall/lake";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { sha256Hex } from "@footfall/models";
import { contentVersion, decodeModel, type ModelManifest } from "@footfall/similarity";
import { temporaryFolder } from "@footfall/testkit";
import { open } from "lmdb";
import { describe, expect, it, onTestFinished } from "vitest";

/** What version 0.1.0 wrote; never changed. docs/upgrade.md promises what is tried here. */
const fixtures = "fixtures";

async function emptyFolder(): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  return folder.path;
}

async function openTables(root: string) {
  const lake = await openLake({ root, clock: systemClock, threads: 1 });
  onTestFinished(() => lake.close());
  return lake;
}

async function goldenModel() {
  const folder = join(fixtures, "model/v1");
  const manifest = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")) as ModelManifest;
  const names = (await readdir(folder)).filter((name) => name.endsWith(".arrow"));
  const files = new Map<string, Uint8Array>();
  for (const name of names) files.set(name, await readFile(join(folder, name)));
  return { manifest, files };
}

describe("what version 0.1 wrote", () => {
  it("is read: events, tables of the lake, models", async () => {
    for (const name of await readdir(join(fixtures, "events/v1"))) {
      const text = await readFile(join(fixtures, "events/v1", name), "utf8");
      expect(decodeEnvelope(text)).toEqual({ ok: true, envelope: JSON.parse(text) });
    }
    const root = await emptyFolder();
    await cp(join(fixtures, "lake/v1"), root, { recursive: true });
    const lake = await openTables(root);
    expect(await lake.query("SELECT count(*) AS n, max(small) AS m FROM readings")).toEqual([{ n: 8, m: 4 }]);
    const { manifest, files } = await goldenModel();
    expect(decodeModel(files, manifest).version).toBe(contentVersion(manifest, sha256Hex));
  });
});

describe("what a later version wrote in another format", () => {
  it("is refused, not misread: an event", () => {
    expect(decodeEnvelope('{"v":2,"tenant":"demo","name":"view_item"}')).toMatchObject({ ok: false });
  });

  it("is refused, not misread: a table of the lake", async () => {
    const root = await emptyFolder();
    await cp(join(fixtures, "lake/v1"), root, { recursive: true });
    const protocol = { minReaderVersion: 4, minWriterVersion: 8 };
    await writeFile(
      join(root, "readings/_delta_log", `${"52".padStart(20, "0")}.json`),
      `${JSON.stringify({ protocol })}\n`,
    );
    const lake = await openTables(root);
    const query = lake.query("SELECT count(*) FROM readings");
    await expect(query).rejects.toMatchObject({ code: "LAKE_TOO_NEW", message: expect.stringMatching(/version 4/) });
  });

  it("is refused, not misread: a model", async () => {
    const { manifest, files } = await goldenModel();
    const later = { ...manifest, formatVersion: 2 } as unknown as ModelManifest;
    expect(() => decodeModel(files, later)).toThrow(/has format 2; this release reads format 1/);
  });

  it("is refused, not misread: the log on disk", async () => {
    const folder = await emptyFolder();
    await (await openEmbeddedLog({ folder })).close();
    const database = open<Buffer, Buffer>({ path: folder, noSubdir: false, encoding: "binary", keyEncoding: "binary" });
    const [format] = [...database.getRange({ limit: 1 })];
    await database.put(format!.key, Buffer.from("2"));
    await database.close();
    const refused = await openEmbeddedLog({ folder }).catch((error: unknown) => error);
    expect(errorCodeOf(refused)).toBe("LOG_CORRUPT");
    expect((refused as Error).message).toMatch(/has form 2; this program reads form 1/);
  });
});
