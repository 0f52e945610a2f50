import { AppError, type ModelVersion } from "@footfall/base";
import {
  type Data,
  Field,
  Float32,
  Float64,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Uint16,
  Utf8,
} from "apache-arrow";
import type { SessionIndex } from "./sessions/session-index.ts";
import type { ModelManifest, SimilarityModel } from "./similarity-model.ts";

/** File name → bytes. */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

/** A model before it has a version: what the trainer learnt. */
export type LearntModel = Omit<SimilarityModel, "version" | "manifest" | "indexByItemId">;

/** What the manifest says beyond what the files themselves tell. */
export type ManifestFacts = Pick<
  ModelManifest,
  "tenant" | "lakeVersion" | "parameters" | "blend" | "metrics" | "parent" | "trainedUntilMs"
> & { readonly sessions: number; readonly interactions: number };

/** SHA-256 of bytes as 64 hex digits. Passed in, for hashing of large files is the platform's. */
export type Sha256 = (bytes: Uint8Array) => string;

export interface EncodedModel {
  readonly manifest: ModelManifest;
  readonly files: ModelFiles;
}

/**
 * Writes a model as Arrow IPC files of one record batch each, so that any Arrow reader opens them and ours views them
 * in place:
 * - items.arrow: item_id (utf8), support (int32); row = item index
 * - neighbors.arrow: item, support (list of int32), score (list of float32); row = item index, best neighbour first
 * - popularity.arrow: item (int32), score (float32); best first
 * - sessions.arrow: item, position (lists of int32 and uint16), end_ms (float64); row = session, in the order of their
 *   ends
 * - postings.arrow: session (list of int32, newest first); row = item index
 *
 * The last two are left out where the model has no sessions, and releases that do not know them pass them over.
 */
export function encodeModel(model: LearntModel, facts: ManifestFacts, sha256: Sha256): EncodedModel {
  const { neighborOffsets, sessionIndex } = model;
  const files = new Map<string, Uint8Array>([
    ["items.arrow", encodeTable({ item_id: utf8Data(model.itemIds), support: int32Data(model.itemSupport) })],
    [
      "neighbors.arrow",
      encodeTable({
        item: listData(neighborOffsets, int32Data(model.neighborItems)),
        score: listData(neighborOffsets, float32Data(model.neighborScores)),
        support: listData(neighborOffsets, int32Data(model.neighborSupport)),
      }),
    ],
    ["popularity.arrow", encodeTable({ item: int32Data(model.popularItems), score: float32Data(model.popularScores) })],
  ]);
  if (sessionIndex) {
    const { offsets, items, positions, endTimesMs, itemOffsets, postings } = sessionIndex;
    const sessions = {
      item: listData(offsets, int32Data(items)),
      position: listData(offsets, uint16Data(positions)),
      end_ms: float64Data(endTimesMs),
    };
    files.set("sessions.arrow", encodeTable(sessions));
    files.set("postings.arrow", encodeTable({ session: listData(itemOffsets, int32Data(postings)) }));
  }
  return { files, manifest: describe(model, facts, files, sha256) };
}

function describe(model: LearntModel, facts: ManifestFacts, files: ModelFiles, sha256: Sha256): ModelManifest {
  const { tenant, lakeVersion, parameters, blend, metrics, parent, trainedUntilMs, sessions, interactions } = facts;
  const { sessionIndex } = model;
  const content = {
    formatVersion: 1 as const,
    tenant,
    lakeVersion,
    parameters,
    ...(blend === undefined ? {} : { blend }),
    sizes: {
      items: model.itemIds.length,
      sessions,
      interactions,
      neighbors: model.neighborItems.length,
      ...(sessionIndex && {
        indexedSessions: sessionIndex.endTimesMs.length,
        indexedItems: sessionIndex.items.length,
      }),
    },
    ...(metrics === undefined ? {} : { metrics }),
    files: [...files].map(([name, bytes]) => ({ name, bytes: bytes.byteLength, sha256: sha256(bytes) })),
    trainedUntilMs,
  };
  const modelVersion = sha256(new TextEncoder().encode(canonicalJson(content))).slice(0, 16);
  return { ...content, modelVersion, parent };
}

/** The version that a manifest ought to have. */
export function contentVersion(manifest: ModelManifest, sha256: Sha256): string {
  const { modelVersion: _version, parent: _parent, ...content } = manifest;
  return sha256(new TextEncoder().encode(canonicalJson(content))).slice(0, 16);
}

/** JSON with the keys of every object in order, so that equal values have equal text. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(",")}}`;
}

/**
 * Opens a model on the files' own buffers: the arrays are views, only the item ids are built. Checks everything that
 * would make serving fail later (sizes, offsets, indices), not the checksums: whoever read the bytes has done that.
 * @throws AppError MODEL_CORRUPT naming the file
 */
export function decodeModel(files: ModelFiles, manifest: ModelManifest): SimilarityModel {
  if (manifest.formatVersion !== 1) {
    throw corrupt("manifest.json", `has format ${String(manifest.formatVersion)}; this release reads format 1`);
  }
  const items = decodeTable(files, "items.arrow", manifest);
  const neighbors = decodeTable(files, "neighbors.arrow", manifest);
  const popularity = decodeTable(files, "popularity.arrow", manifest);
  const itemCount = manifest.sizes.items;
  const itemIds = itemIdsOf(items, itemCount);
  const itemSupport = items.values("support", Int32Array, itemCount);
  const sessionIndex = decodeSessions(files, manifest, itemSupport);
  const model: SimilarityModel = {
    version: manifest.modelVersion as ModelVersion,
    manifest,
    itemIds,
    indexByItemId: new Map(itemIds.map((id, index) => [id, index])),
    itemSupport,
    neighborOffsets: neighbors.listOffsets("item", itemCount),
    neighborItems: neighbors.listValues("item", Int32Array, manifest.sizes.neighbors),
    neighborScores: neighbors.listValues("score", Float32Array, manifest.sizes.neighbors),
    neighborSupport: neighbors.listValues("support", Int32Array, manifest.sizes.neighbors),
    popularItems: popularity.values("item", Int32Array),
    popularScores: popularity.values("score", Float32Array),
    ...(sessionIndex && { sessionIndex }),
  };
  checkIndices(model);
  return model;
}

function decodeSessions(files: ModelFiles, manifest: ModelManifest, itemSupport: Int32Array): SessionIndex | undefined {
  const { items: itemCount, sessions: sessionCount, indexedSessions, indexedItems = 0 } = manifest.sizes;
  if (indexedSessions === undefined) return undefined;
  const sessions = decodeTable(files, "sessions.arrow", manifest);
  const items = decodeTable(files, "postings.arrow", manifest);
  const itemOffsets = items.listOffsets("session", itemCount);
  const index: SessionIndex = {
    itemCount,
    sessionCount,
    offsets: sessions.listOffsets("item", indexedSessions),
    items: sessions.listValues("item", Int32Array, indexedItems),
    positions: sessions.listValues("position", Uint16Array, indexedItems),
    endTimesMs: sessions.values("end_ms", Float64Array, indexedSessions),
    itemOffsets,
    postings: items.listValues("session", Int32Array, itemOffsets[itemCount]!),
    itemSupport,
  };
  if (!areOffsets(index.offsets, indexedItems)) throw corrupt("sessions.arrow", "has offsets out of order");
  if (!areOffsets(itemOffsets, index.postings.length)) throw corrupt("postings.arrow", "has offsets out of order");
  if (!areBelow(index.items, itemCount)) throw corrupt("sessions.arrow", "names an item that does not exist");
  if (!areBelow(index.postings, indexedSessions)) {
    throw corrupt("postings.arrow", "names a session that does not exist");
  }
  return index;
}

function checkIndices(model: SimilarityModel): void {
  const itemCount = model.itemIds.length;
  if (model.indexByItemId.size !== itemCount) throw corrupt("items.arrow", "names an item twice");
  const { neighborOffsets, neighborItems, popularItems, popularScores } = model;
  if (!areOffsets(neighborOffsets, neighborItems.length)) throw corrupt("neighbors.arrow", "has offsets out of order");
  if (!areBelow(neighborItems, itemCount)) throw corrupt("neighbors.arrow", "names an item that does not exist");
  if (popularItems.length !== popularScores.length || !areBelow(popularItems, itemCount)) {
    throw corrupt("popularity.arrow", "names an item that does not exist");
  }
}

/** Whether they begin at 0, end at the number of entries and never fall. */
function areOffsets(offsets: Int32Array, entries: number): boolean {
  let isOrdered = offsets[0] === 0 && offsets[offsets.length - 1] === entries;
  for (let at = 1; at < offsets.length; at++) isOrdered &&= offsets[at - 1]! <= offsets[at]!;
  return isOrdered;
}

/** A plain loop, because a model has some ten million entries and requests wait meanwhile. */
function areBelow(indices: Int32Array, end: number): boolean {
  for (let entry = 0; entry < indices.length; entry++) if (indices[entry]! < 0 || indices[entry]! >= end) return false;
  return true;
}

function itemIdsOf(items: ColumnReader, itemCount: number): string[] {
  const data = items.data("item_id");
  const offsets = data.valueOffsets;
  const bytes = data.values;
  if (!(offsets instanceof Int32Array) || !(bytes instanceof Uint8Array) || offsets.length < itemCount + 1) {
    throw corrupt("items.arrow", "has no column item_id of the stated length");
  }
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const text = decoder.decode(bytes.subarray(0, offsets[itemCount]));
  // One call for all ids is some ten times faster, but only in ASCII are offsets in bytes those in the text.
  const idOf =
    text.length === offsets[itemCount]
      ? (item: number) => text.slice(offsets[item], offsets[item + 1])
      : (item: number) => decoder.decode(bytes.subarray(offsets[item], offsets[item + 1]));
  return Array.from({ length: itemCount }, (_, item) => idOf(item));
}

type NumericArray = Int32Array | Uint16Array | Float32Array | Float64Array;
type NumericConstructor<T extends NumericArray> = abstract new (...parameters: never[]) => T;

/** Typed access to the columns of one file, each failure naming the file. */
class ColumnReader {
  readonly #name: string;
  readonly #batch: RecordBatch;

  constructor(name: string, batch: RecordBatch) {
    this.#name = name;
    this.#batch = batch;
  }

  data(column: string): Data {
    const data = this.#batch.getChild(column)?.data[0];
    if (data === undefined) throw corrupt(this.#name, `has no column ${column}`);
    return data;
  }

  values<T extends NumericArray>(column: string, kind: NumericConstructor<T>, length?: number): T {
    return this.#view(this.data(column), column, kind, length);
  }

  listOffsets(column: string, rows: number): Int32Array {
    const offsets: unknown = this.data(column).valueOffsets;
    if (!(offsets instanceof Int32Array) || offsets.length < rows + 1) {
      throw corrupt(this.#name, `has no list column ${column} of the stated length`);
    }
    return offsets.subarray(0, rows + 1);
  }

  listValues<T extends NumericArray>(column: string, kind: NumericConstructor<T>, length: number): T {
    const child = this.data(column).children[0];
    if (child === undefined) throw corrupt(this.#name, `has no list column ${column}`);
    return this.#view(child, column, kind, length);
  }

  #view<T extends NumericArray>(data: Data, column: string, kind: NumericConstructor<T>, length?: number): T {
    const values: unknown = data.values;
    if (!(values instanceof kind) || data.length !== (length ?? this.#batch.numRows) || values.length < data.length) {
      throw corrupt(this.#name, `has no column ${column} of the stated type and length`);
    }
    return values.subarray(0, data.length) as T;
  }
}

function decodeTable(files: ModelFiles, name: string, manifest: ModelManifest): ColumnReader {
  const bytes = files.get(name);
  const entry = manifest.files.find((file) => file.name === name);
  if (bytes === undefined || entry === undefined) throw corrupt(name, "is missing");
  if (bytes.byteLength !== entry.bytes) {
    throw corrupt(name, `has ${bytes.byteLength} bytes where the manifest says ${entry.bytes}`);
  }
  let table: Table;
  try {
    table = tableFromIPC(bytes);
  } catch (cause) {
    throw corrupt(name, "is not an Arrow file", cause);
  }
  const batch = table.batches[0];
  if (batch === undefined || table.batches.length !== 1) throw corrupt(name, "does not hold exactly one record batch");
  return new ColumnReader(name, batch);
}

function corrupt(file: string, problem: string, cause?: unknown): AppError {
  return new AppError(
    "MODEL_CORRUPT",
    `The model file ${file} ${problem}. Roll back to the previous model, or delete this one and train again.`,
    { context: { file }, ...(cause === undefined ? {} : { cause }) },
  );
}

function encodeTable(columns: Readonly<Record<string, Data>>): Uint8Array {
  const fields = Object.entries(columns).map(([name, data]) => new Field(name, data.type, false));
  const children = Object.values(columns);
  const struct = new Struct(fields);
  const batch = new RecordBatch(
    new Schema(fields),
    makeData({ type: struct, length: children[0]?.length ?? 0, nullCount: 0, children }),
  );
  return tableToIPC(new Table([batch]), "file");
}

function int32Data(values: Int32Array): Data<Int32> {
  return makeData({ type: new Int32(), length: values.length, nullCount: 0, data: values });
}

function float32Data(values: Float32Array): Data<Float32> {
  return makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values });
}

function uint16Data(values: Uint16Array): Data<Uint16> {
  return makeData({ type: new Uint16(), length: values.length, nullCount: 0, data: values });
}

function float64Data(values: Float64Array): Data<Float64> {
  return makeData({ type: new Float64(), length: values.length, nullCount: 0, data: values });
}

function listData<T extends Int32 | Uint16 | Float32>(valueOffsets: Int32Array, child: Data<T>): Data<List<T>> {
  const type = new List<T>(new Field("item", child.type, false));
  return makeData({ type, length: valueOffsets.length - 1, nullCount: 0, valueOffsets, child });
}

function utf8Data(texts: readonly string[]): Data<Utf8> {
  const encoder = new TextEncoder();
  const encoded = texts.map((text) => encoder.encode(text));
  const valueOffsets = new Int32Array(texts.length + 1);
  for (const [index, bytes] of encoded.entries()) valueOffsets[index + 1] = valueOffsets[index]! + bytes.length;
  const data = new Uint8Array(valueOffsets[texts.length]!);
  for (const [index, bytes] of encoded.entries()) data.set(bytes, valueOffsets[index]);
  return makeData({ type: new Utf8(), length: texts.length, nullCount: 0, valueOffsets, data });
}
