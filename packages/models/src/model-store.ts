import type { EncodedModel, ModelManifest, SimilarityModel } from "@footfall/similarity";
import type { GateVerdict } from "@footfall/similarity/gate";
import type { Publication } from "./publications.ts";

/** Which model is served. The file `current.json`, replaced at once. */
export interface ModelPointer {
  readonly modelVersion: string;
  readonly publishedAtMs: number;
  /** What was served before, ready for `rollback`. */
  readonly previous: string | null;
}

export interface StoredModel {
  readonly manifest: ModelManifest;
  /** When its files were written, ms since the epoch. */
  readonly storedAtMs: number;
  readonly isCurrent: boolean;
}

export interface TrainingLock {
  /**
   * Aborted, with an AppError MODEL_TRAINING_LOCKED (retriable), when the lock was lost: its file is gone, or the
   * process was halted for so long that another run may have begun. The work must end then.
   */
  readonly lost: AbortSignal;
  /** Does nothing where the lock was lost. */
  release(): Promise<void>;
}

export interface PublishOptions {
  /** Nothing is pointed to any more once it is aborted. */
  readonly signal?: AbortSignal;
  /** How the model did against the served one. */
  readonly gate?: GateVerdict;
  /** Why it is published whatever the gate says. */
  readonly forcedBecause?: string;
}

export interface WatchOptions {
  /** How often the pointer is looked at. Default 500. */
  readonly intervalMs?: number;
  /** A look that failed; the watch goes on. */
  readonly onError?: (error: unknown) => void;
}

/**
 * The models of one tenant: `<models>/<tenant>/<modelVersion>/{manifest.json,*.arrow}` and `current.json`. A model is
 * pointed to only when its files are durable and were read back (invariant I7).
 */
export interface ModelStore {
  readonly folder: string;

  /** What is served, or undefined when nothing was ever published. @throws AppError MODEL_CORRUPT */
  current(): Promise<ModelPointer | undefined>;

  /** Reads a model with all checksums. @throws AppError MODEL_NOT_FOUND, MODEL_CORRUPT naming the file */
  read(modelVersion: string): Promise<SimilarityModel>;

  /** A model's files by name, its manifest among them; checked as by `read`. @throws AppError as `read` */
  readFiles(modelVersion: string): Promise<ReadonlyMap<string, Uint8Array>>;

  /** The served model, or undefined when nothing was ever published. @throws AppError MODEL_CORRUPT */
  readCurrent(): Promise<SimilarityModel | undefined>;

  /** All readable models, newest first. */
  list(): Promise<readonly StoredModel[]>;

  /**
   * Makes a model durable, reads it back, and points to it, unless its gate's verdict forbids it: then it is only kept.
   * The same model again changes nothing.
   * @throws AppError MODEL_GATE_REFUSED (empty, or judged worse), MODEL_UNAVAILABLE (retriable: disk full); the
   *   signal's reason
   */
  publishModel(encoded: EncodedModel, atMs: number, options?: PublishOptions): Promise<"published" | "unchanged">;

  /**
   * Points to the model served before, or to the one named.
   * @param reason  kept with it
   * @throws AppError MODEL_NOT_FOUND, MODEL_CORRUPT
   */
  rollback(atMs: number, toModelVersion?: string, reason?: string): Promise<ModelPointer>;

  /** What was decided about the models, oldest first. */
  publications(): Promise<readonly Publication[]>;

  /** Deletes the oldest models past `modelsKeptMax`; never the served one, its parent or the one before it. */
  prune(modelsKeptMax: number): Promise<readonly string[]>;

  /** Only one training run per tenant. @throws AppError MODEL_TRAINING_LOCKED (retriable) */
  lockTraining(): Promise<TrainingLock>;

  /** Calls `onPointer` whenever another model is pointed to, first for the one that is. Returns the stop. */
  watch(onPointer: (pointer: ModelPointer) => void | Promise<void>, options?: WatchOptions): () => void;
}
