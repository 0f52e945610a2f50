import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learnNeighbors } from "../src/learn-neighbors.ts";
import { contentVersion, decodeModel, encodeModel, type EncodedModel, type LearntModel } from "../src/model-file.ts";
import { newestTimeMs, rankPopularity } from "../src/rank-popularity.ts";
import { buildSessionMatrix, itemSupport } from "../src/session-matrix.ts";
import type { ModelManifest } from "../src/similarity-model.ts";
import { buildSessionIndex } from "../src/sessions/session-index.ts";
import { defaultSimilarityParameters } from "../src/similarity-parameters.ts";
import { buildSessions, itemCountOfTests, type PlainSession, plainSessions } from "./random-sessions.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const fixture = fileURLToPath(new URL("../../../fixtures/model/v1/", import.meta.url));

function learn(plain: readonly PlainSession[], itemIds: readonly string[]): LearntModel {
  const sessions = buildSessions(plain);
  const matrix = buildSessionMatrix(sessions, 100);
  const popularity = rankPopularity(sessions, 7, newestTimeMs(sessions));
  return {
    itemIds,
    itemSupport: itemSupport(matrix),
    ...learnNeighbors(matrix, { ...defaultSimilarityParameters, llrMin: 0 }),
    ...popularity,
  };
}

function encode(learnt: LearntModel, parent: string | null = null): EncodedModel {
  const facts = { tenant: "demo", lakeVersion: 7, trainedUntilMs: 1_700_000_000_000, sessions: 3, interactions: 8 };
  return encodeModel(learnt, { ...facts, parameters: defaultSimilarityParameters, parent }, sha256);
}

const plainIds = Array.from({ length: itemCountOfTests }, (_, item) => `item-${item}`);
const somePlain: PlainSession[] = [
  { items: [0, 1, 2], endMs: 1000 },
  { items: [0, 1], endMs: 2000 },
  { items: [1, 2, 11], endMs: 3000 },
];

describe("model files", () => {
  it("come back as they went in", () => {
    const ids = fc.uniqueArray(fc.string({ unit: "binary", minLength: 1 }), {
      minLength: itemCountOfTests,
      maxLength: itemCountOfTests,
    });
    fc.assert(
      fc.property(plainSessions, ids, (plain, itemIds) => {
        const learnt = learn(plain, itemIds);
        const encoded = encode(learnt);
        const { version, manifest, indexByItemId, ...decoded } = decodeModel(encoded.files, encoded.manifest);
        expect(decoded).toEqual(learnt);
        expect(version).toBe(manifest.modelVersion);
        expect([...indexByItemId]).toEqual(itemIds.map((id, index) => [id, index]));
      }),
      { numRuns: 30 },
    );
  });

  it("hold the newest sessions beside the lists, and name the file that is damaged", () => {
    const sessions = buildSessions(somePlain);
    const sessionIndex = buildSessionIndex(sessions, { sessionsPerItemMax: 2 });
    const { files, manifest } = encode({ ...learn(somePlain, plainIds), sessionIndex });
    expect(manifest.sizes).toMatchObject({ indexedSessions: 3, indexedItems: 8 });
    const decoded = decodeModel(files, manifest);
    expect(decoded.sessionIndex).toEqual(sessionIndex);
    const corrupt = (change: (index: typeof sessionIndex) => void): string => {
      const changed = structuredClone(sessionIndex);
      change(changed);
      const encoded = encode({ ...learn(somePlain, plainIds), sessionIndex: changed });
      try {
        decodeModel(encoded.files, encoded.manifest);
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(corrupt(({ items }) => items.fill(99))).toMatch(/sessions\.arrow names an item that does not exist/);
    expect(corrupt(({ postings }) => postings.fill(-1))).toMatch(/postings\.arrow names a session that does not exist/);
    expect(corrupt(({ offsets }) => offsets.fill(7, 1, 2))).toMatch(/sessions\.arrow has offsets out of order/);
    const without = new Map([...files].filter(([name]) => name !== "postings.arrow"));
    expect(() => decodeModel(without, manifest)).toThrow(/postings\.arrow is missing/);
  });

  it("are viewed, not copied", () => {
    const encoded = encode(learn(somePlain, plainIds));
    const model = decodeModel(encoded.files, encoded.manifest);
    const buffer = encoded.files.get("neighbors.arrow")!.buffer;
    for (const view of [model.neighborOffsets, model.neighborItems, model.neighborScores, model.neighborSupport]) {
      expect(view.buffer).toBe(buffer);
    }
  });

  it("have a version that depends on content, not on the parent", () => {
    const first = encode(learn(somePlain, plainIds));
    const again = encode(learn(somePlain, plainIds), first.manifest.modelVersion);
    const other = encode(learn(somePlain.slice(1), plainIds));
    expect(again.manifest.modelVersion).toBe(first.manifest.modelVersion);
    expect(other.manifest.modelVersion).not.toBe(first.manifest.modelVersion);
    const reread = JSON.parse(JSON.stringify(first.manifest)) as ModelManifest;
    expect(contentVersion(reread, sha256)).toBe(first.manifest.modelVersion);
  });

  it.each(["items.arrow", "neighbors.arrow", "popularity.arrow"])("refuse a damaged %s by name", (name) => {
    const { files, manifest } = encode(learn(somePlain, plainIds));
    const bytes = files.get(name)!;
    const corruptBy = (change: (copy: Map<string, Uint8Array>) => void, changed: ModelManifest = manifest) => {
      const copy = new Map(files);
      change(copy);
      expect(() => decodeModel(copy, changed)).toThrow(
        expect.objectContaining({ code: "MODEL_CORRUPT", context: { file: name } }),
      );
    };
    corruptBy((copy) => copy.delete(name));
    corruptBy((copy) => copy.set(name, bytes.subarray(0, bytes.length - 8)));
    corruptBy((copy) => copy.set(name, new Uint8Array(bytes.length)));
  });

  it("refuse sizes and indices that contradict the manifest", () => {
    const { files, manifest } = encode(learn(somePlain, plainIds));
    const sizes = { ...manifest.sizes, neighbors: manifest.sizes.neighbors + 1 };
    expect(() => decodeModel(files, { ...manifest, sizes })).toThrow(/neighbors\.arrow/);
    const wild = encode({
      ...learn(somePlain, plainIds),
      popularItems: Int32Array.of(99),
      popularScores: Float32Array.of(1),
    });
    expect(() => decodeModel(wild.files, wild.manifest)).toThrow(/popularity\.arrow/);
    const next = { ...manifest, formatVersion: 2 } as unknown as ModelManifest;
    expect(() => decodeModel(files, next)).toThrow(/format 2/);
  });
});

// A model that an earlier release wrote. Never written again; FOOTFALL_WRITE_FIXTURES=1 made it.
describe("fixtures/model/v1", () => {
  if (process.env["FOOTFALL_WRITE_FIXTURES"] === "1") {
    const { files, manifest } = encode(learn(somePlain, plainIds));
    mkdirSync(fixture, { recursive: true });
    for (const [name, bytes] of files) writeFileSync(`${fixture}${name}`, bytes);
    writeFileSync(`${fixture}manifest.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
  }

  it("stays readable", () => {
    const manifest = JSON.parse(readFileSync(`${fixture}manifest.json`, "utf8")) as ModelManifest;
    const names = readdirSync(fixture).filter((name) => name.endsWith(".arrow"));
    const files = new Map(names.map((name) => [name, new Uint8Array(readFileSync(`${fixture}${name}`))]));
    for (const { name, sha256: expected } of manifest.files) expect(sha256(files.get(name)!)).toBe(expected);
    expect(contentVersion(manifest, sha256)).toBe(manifest.modelVersion);
    const model = decodeModel(files, manifest);
    expect(model.itemIds).toEqual(plainIds);
    const neighborsOf1 = model.neighborItems.subarray(model.neighborOffsets[1], model.neighborOffsets[2]);
    expect([...neighborsOf1]).toEqual([0, 2, 11]);
    expect([...model.itemSupport.subarray(0, 3)]).toEqual([2, 3, 2]);
  });
});
