import { createHash, webcrypto } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@footfall/base";
import {
  contentVersion,
  decodeModel,
  type EncodedModel,
  type ModelManifest,
  type SimilarityModel,
} from "@footfall/similarity";
import type { GateVerdict } from "@footfall/similarity/gate";
import { lock } from "proper-lockfile";
import { makeFolder, removeFolder, replaceFile, writeFolder } from "./durable-folder.ts";
import { formatManifest, isManifest } from "./manifest-file.ts";
import type {
  ModelPointer,
  ModelStore,
  PublishOptions,
  StoredModel,
  TrainingLock,
  WatchOptions,
} from "./model-store.ts";
import { notePublication, type Publication, readPublications } from "./publications.ts";

/** A run that died leaves its lock behind; it counts as gone after this long without a sign of life. */
const lockStaleMs = 60_000;
const modelVersionForm = /^[0-9a-f]{16}$/;

export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The same in the thread pool: a served model is checked while requests are answered. */
async function sha256OffThread(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest("SHA-256", bytes)).toString("hex");
}

/** @param modelsFolder  `<storage>/models` */
export function openModelStore(modelsFolder: string, tenant: string): ModelStore {
  return new FolderModelStore(join(modelsFolder, tenant), tenant);
}

/** Tenants that have a folder of models. */
export async function tenantsWithModels(modelsFolder: string): Promise<readonly string[]> {
  const entries = await readdir(modelsFolder, { withFileTypes: true }).catch(emptyWhenAbsent);
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map((entry) => entry.name);
}

class FolderModelStore implements ModelStore {
  readonly folder: string;
  readonly #tenant: string;
  readonly #pointerFile: string;

  constructor(folder: string, tenant: string) {
    this.folder = folder;
    this.#tenant = tenant;
    this.#pointerFile = join(folder, "current.json");
  }

  async current(): Promise<ModelPointer | undefined> {
    let text: string;
    try {
      text = await readFile(this.#pointerFile, "utf8");
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw this.#corrupt(this.#pointerFile, "cannot be read", error);
    }
    const pointer = this.#parse(this.#pointerFile, text) as Partial<ModelPointer> | null;
    if (typeof pointer?.modelVersion !== "string" || !modelVersionForm.test(pointer.modelVersion)) {
      throw this.#corrupt(this.#pointerFile, "names no model version");
    }
    return {
      modelVersion: pointer.modelVersion,
      publishedAtMs: pointer.publishedAtMs ?? 0,
      previous: pointer.previous ?? null,
    };
  }

  async read(modelVersion: string): Promise<SimilarityModel> {
    const manifest = await this.#readManifest(modelVersion);
    return decodeModel(await this.#readContent(manifest), manifest);
  }

  async readFiles(modelVersion: string): Promise<ReadonlyMap<string, Uint8Array>> {
    const manifest = await this.#readManifest(modelVersion);
    const files = await this.#readContent(manifest);
    return files.set("manifest.json", Buffer.from(formatManifest(manifest)));
  }

  async #readContent({ modelVersion, files: named }: ModelManifest): Promise<Map<string, Uint8Array>> {
    const files = new Map<string, Uint8Array>();
    for (const { name, bytes, sha256 } of named) {
      const path = join(this.folder, modelVersion, name);
      let content: Uint8Array<ArrayBuffer>;
      try {
        content = await readFile(path);
      } catch (error) {
        throw this.#corrupt(path, "cannot be read", error);
      }
      if (content.byteLength !== bytes) {
        throw this.#corrupt(path, `has ${content.byteLength} bytes where the manifest says ${bytes}`);
      }
      if ((await sha256OffThread(content)) !== sha256) throw this.#corrupt(path, "fails its checksum");
      files.set(name, content);
    }
    return files;
  }

  async readCurrent(): Promise<SimilarityModel | undefined> {
    const pointer = await this.current();
    return pointer === undefined ? undefined : this.read(pointer.modelVersion);
  }

  async list(): Promise<readonly StoredModel[]> {
    const pointer = await this.current();
    const names = (await readdir(this.folder).catch(emptyWhenAbsent)).filter((name) => modelVersionForm.test(name));
    const models: StoredModel[] = [];
    for (const name of names) {
      const manifest = await this.#readManifest(name).catch(() => undefined);
      if (manifest === undefined) continue;
      const storedAtMs = Math.floor((await stat(join(this.folder, name, "manifest.json"))).mtimeMs);
      models.push({ manifest, storedAtMs, isCurrent: name === pointer?.modelVersion });
    }
    return models.sort(
      (a, b) => b.storedAtMs - a.storedAtMs || (a.manifest.modelVersion < b.manifest.modelVersion ? -1 : 1),
    );
  }

  async publishModel(
    encoded: EncodedModel,
    atMs: number,
    { signal, gate, forcedBecause }: PublishOptions = {},
  ): Promise<"published" | "unchanged"> {
    const { modelVersion } = encoded.manifest;
    const pointer = await this.current().catch(() => undefined);
    const isStored = await this.read(modelVersion).then(
      () => true,
      () => false,
    );
    if (isStored && pointer?.modelVersion === modelVersion) return "unchanged";
    if (!isStored) await this.#store(encoded);
    const model = await this.read(modelVersion);
    if (model.itemIds.length === 0 || model.popularItems.length === 0) {
      throw this.#refused(modelVersion, "The new model is empty and was not published. Check the lake's data.");
    }
    signal?.throwIfAborted();
    const previous = pointer?.modelVersion ?? null;
    const facts = {
      atMs,
      modelVersion,
      previous,
      ...(gate && { gate }),
      ...(forcedBecause !== undefined && { reason: forcedBecause }),
    };
    if (gate?.outcome === "worse" && forcedBecause === undefined) {
      await this.#note({ ...facts, how: "refused" });
      throw this.#refused(modelVersion, tellWorse(modelVersion, gate));
    }
    await this.#note({ ...facts, how: forcedBecause === undefined ? "published" : "forced" });
    await this.#pointTo(modelVersion, previous, atMs);
    return "published";
  }

  async rollback(atMs: number, toModelVersion?: string, reason?: string): Promise<ModelPointer> {
    const pointer = await this.current();
    const modelVersion = toModelVersion ?? pointer?.previous;
    if (modelVersion === undefined || modelVersion === null) {
      throw new AppError("MODEL_NOT_FOUND", "There is no earlier model to roll back to.", {
        context: { tenant: this.#tenant },
      });
    }
    await this.read(modelVersion);
    const previous = pointer?.modelVersion ?? null;
    const how = toModelVersion === undefined ? "rolled back" : "promoted";
    await this.#note({ atMs, modelVersion, previous, how, ...(reason !== undefined && { reason }) });
    return this.#pointTo(modelVersion, previous, atMs);
  }

  publications(): Promise<readonly Publication[]> {
    return readPublications(this.folder);
  }

  async prune(modelsKeptMax: number): Promise<readonly string[]> {
    const pointer = await this.current();
    const models = await this.list();
    const served = models.find((model) => model.isCurrent)?.manifest;
    const kept = new Set([served?.modelVersion, served?.parent, pointer?.previous]);
    const deleted: string[] = [];
    for (const { manifest } of models.slice(modelsKeptMax)) {
      if (kept.has(manifest.modelVersion)) continue;
      await removeFolder(join(this.folder, manifest.modelVersion));
      deleted.push(manifest.modelVersion);
    }
    return deleted;
  }

  async lockTraining(): Promise<TrainingLock> {
    await this.#makeFolder();
    const lost = new AbortController();
    try {
      const release = await lock(this.folder, {
        lockfilePath: join(this.folder, ".training.lock"),
        stale: lockStaleMs,
        update: lockStaleMs / 6,
        // Thrown from its timer, as it is by default, the loss would end the process from nowhere.
        onCompromised: (cause) => lost.abort(this.#lockLost(cause)),
      });
      return { lost: lost.signal, release: async () => void (lost.signal.aborted || (await release())) };
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== "ELOCKED") throw this.#unavailable(cause);
      throw new AppError(
        "MODEL_TRAINING_LOCKED",
        `Another training run for tenant ${this.#tenant} is under way. Wait for it; if its process has died, the lock ` +
          `expires ${lockStaleMs / 1000} s after its last sign of life.`,
        { retriable: true, cause, context: { tenant: this.#tenant } },
      );
    }
  }

  watch(onPointer: (pointer: ModelPointer) => void | Promise<void>, options: WatchOptions = {}): () => void {
    const { intervalMs = 500, onError = () => {} } = options;
    let seen: string | undefined;
    let isStopped = false;
    let timer: NodeJS.Timeout | undefined;
    const look = async (): Promise<void> => {
      try {
        const pointer = await this.current();
        if (pointer !== undefined && pointer.modelVersion !== seen && !isStopped) {
          await onPointer(pointer);
          seen = pointer.modelVersion;
        }
      } catch (error) {
        // Whoever was told of the fault is told of its end, also where the same model is pointed to again.
        seen = undefined;
        onError(error);
      }
      if (!isStopped) timer = setTimeout(() => void look(), intervalMs).unref();
    };
    void look();
    return () => {
      isStopped = true;
      clearTimeout(timer);
    };
  }

  async #store(encoded: EncodedModel): Promise<void> {
    const folder = join(this.folder, encoded.manifest.modelVersion);
    await this.#makeFolder();
    try {
      // A folder of this name that did not read back is damaged; its content is at hand, so it is replaced.
      if (await exists(folder)) await removeFolder(folder);
      const manifest = formatManifest(encoded.manifest);
      await writeFolder(folder, new Map<string, Uint8Array | string>([...encoded.files, ["manifest.json", manifest]]));
    } catch (cause) {
      throw this.#unavailable(cause);
    }
  }

  async #pointTo(modelVersion: string, previous: string | null, atMs: number): Promise<ModelPointer> {
    const pointer: ModelPointer = { modelVersion, publishedAtMs: atMs, previous };
    try {
      await replaceFile(this.#pointerFile, `${JSON.stringify(pointer)}\n`);
    } catch (cause) {
      throw this.#unavailable(cause);
    }
    return pointer;
  }

  async #readManifest(modelVersion: string): Promise<ModelManifest> {
    const path = join(this.folder, modelVersion, "manifest.json");
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if (!isAbsent(error)) throw this.#corrupt(path, "cannot be read", error);
      throw new AppError("MODEL_NOT_FOUND", `There is no model ${modelVersion}.`, {
        context: { tenant: this.#tenant, modelVersion },
      });
    }
    const manifest = this.#parse(path, text) as ModelManifest;
    if (!isManifest(manifest)) throw this.#corrupt(path, "is not a manifest");
    if (manifest.modelVersion !== modelVersion || contentVersion(manifest, sha256Hex) !== modelVersion) {
      throw this.#corrupt(path, "does not have the content that its version names");
    }
    return manifest;
  }

  async #note(publication: Publication): Promise<void> {
    try {
      await notePublication(this.folder, publication);
    } catch (cause) {
      throw this.#unavailable(cause);
    }
  }

  #refused(modelVersion: string, message: string): AppError {
    return new AppError("MODEL_GATE_REFUSED", message, { context: { tenant: this.#tenant, modelVersion } });
  }

  async #makeFolder(): Promise<void> {
    try {
      await makeFolder(this.folder);
    } catch (cause) {
      throw this.#unavailable(cause);
    }
  }

  #parse(path: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#corrupt(path, "is not JSON", cause);
    }
  }

  #corrupt(path: string, problem: string, cause?: unknown): AppError {
    return new AppError(
      "MODEL_CORRUPT",
      `The model file ${path} ${problem}. Roll back to an earlier model, or train again.`,
      { context: { tenant: this.#tenant, file: path }, ...(cause === undefined ? {} : { cause }) },
    );
  }

  #lockLost(cause: Error): AppError {
    return new AppError(
      "MODEL_TRAINING_LOCKED",
      `The training run for tenant ${this.#tenant} has lost its lock (${cause.message}): another run may have begun. ` +
        "Nothing more is published; train again.",
      { retriable: true, cause, context: { tenant: this.#tenant } },
    );
  }

  #unavailable(cause: unknown): AppError {
    return new AppError(
      "MODEL_UNAVAILABLE",
      `The model folder ${this.folder} cannot be written (${(cause as Error).message}). Check free space and ` +
        "permissions, then train again.",
      { retriable: true, cause, context: { tenant: this.#tenant, folder: this.folder } },
    );
  }
}

function tellWorse(modelVersion: string, gate: GateVerdict): string {
  const [low, high] = gate.interval.map((bound) => bound.toFixed(4));
  return (
    `The new model ${modelVersion} is worse than ${gate.champion}, which is served on: MRR@${gate.k} ` +
    `${gate.challengerMrr.toFixed(4)} against ${gate.championMrr.toFixed(4)} in ${gate.predictions} predictions of ` +
    `${gate.sessions} new sessions (difference ${low} to ${high}). Look at the newest data; if it is right, ` +
    `npm run models -- promote ${modelVersion} --reason …`
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

function emptyWhenAbsent(error: unknown): never[] {
  if (isAbsent(error)) return [];
  throw error;
}
