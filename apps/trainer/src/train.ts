import { availableParallelism } from "node:os";
import { AppError, type Clock } from "@footfall/base";
import type { Lake, LakeSnapshot, LakeVersion } from "@footfall/lake";
import { type ModelStore, openModelStore, sha256Hex } from "@footfall/models";
import {
  buildSessionMatrix,
  contentVersion,
  decodeModel,
  defaultSimilarityParameters,
  encodeModel,
  type EncodedModel,
  type EvaluationReport,
  evaluateModel,
  type ItemSessions,
  itemSupport,
  type ModelManifest,
  newestTimeMs,
  rankPopularity,
  type SimilarityModel,
  type SimilarityParameters,
  sliceSessions,
} from "@footfall/similarity";
import { type LearnOptions, LearnThreads } from "./learn-threads.ts";
import { compareModels, type ModelChanges } from "./model-changes.ts";
import { readItemSessions, type ReadSessions } from "./read-item-sessions.ts";

export type TrainingStage = "read" | "evaluate" | "learn" | "publish";
export const trainingStages: readonly TrainingStage[] = ["read", "evaluate", "learn", "publish"];

export interface TrainingProgress {
  readonly stage: TrainingStage;
  /** 0 … 1 of the stage. */
  readonly share: number;
}

export interface TrainingOptions {
  readonly lake: Lake;
  /** Folder of all tenants' models, `<storage>/models`. */
  readonly models: string;
  readonly tenant: string;
  /** Overrides of the defaults. */
  readonly parameters?: Partial<SimilarityParameters>;
  /** Version of the table `sessions`. Default: the newest. */
  readonly lakeVersion?: LakeVersion;
  /** Dates the publication; the model itself depends on no clock. */
  readonly clock: Clock;
  /** Counting threads. Default: one per processor. */
  readonly threadsMax?: number;
  /** Models kept for rollback. Default 5. */
  readonly modelsKeptMax?: number;
  /** Publishes also what differs from the served model in nothing but the lake version. Default false. */
  readonly isForced?: boolean;
  readonly onProgress?: (progress: TrainingProgress) => void;
  readonly signal?: AbortSignal;
}

export interface TrainingReport {
  readonly tenant: string;
  readonly modelVersion: string;
  readonly lakeVersion: number;
  /** `unchanged`: nothing new was learnt, the served model stays; `modelVersion` is its version. */
  readonly outcome: "published" | "unchanged";
  readonly sizes: ModelManifest["sizes"];
  readonly bytes: number;
  readonly metrics?: EvaluationReport;
  readonly seconds: Readonly<Record<TrainingStage, number>>;
  /** Absent when there was no readable model before. */
  readonly changes?: ModelChanges;
  /** Old models deleted. */
  readonly deleted: readonly string[];
}

const modelsKeptDefaultMax = 5;
/** The newest sessions are held out for the evaluation: this share of all, but no more than so many. */
const heldOutShare = 0.1;
const heldOutSessionsMax = 10_000;
const listLength = 20;
/** Below this many rows starting threads costs more than they save. */
const threadedRowsMin = 100_000;

/**
 * Learns a tenant's model from the lake and publishes it. The same lake version and parameters give the same bytes
 * (invariant I6), and then nothing is published anew; nor where only the lake version moved on, as it does by
 * compaction and by other tenants' sessions.
 * @throws AppError MODEL_TRAINING_LOCKED (also where the lock was lost on the way), MODEL_NO_DATA, MODEL_GATE_REFUSED,
 *   MODEL_UNAVAILABLE, LAKE_*; the signal's reason when aborted
 */
export async function train(options: TrainingOptions): Promise<TrainingReport> {
  const store = openModelStore(options.models, options.tenant);
  const lock = await store.lockTraining();
  const signal = options.signal ? AbortSignal.any([options.signal, lock.lost]) : lock.lost;
  try {
    return await trainLocked({ ...options, signal }, store);
  } finally {
    await lock.release();
  }
}

type LockedOptions = TrainingOptions & { readonly signal: AbortSignal };

async function trainLocked(options: LockedOptions, store: ModelStore): Promise<TrainingReport> {
  const { lake, tenant } = options;
  const sessions = await pinSessions(lake, tenant, options.lakeVersion);
  const rows = sessions.files.reduce((sum, file) => sum + file.rows, 0);
  const threadsMax = options.threadsMax ?? availableParallelism();
  const threads = LearnThreads.start(rows < threadedRowsMin ? 1 : threadsMax);
  try {
    return await trainInThreads(options, store, sessions.version, threads);
  } finally {
    await threads.close();
  }
}

async function trainInThreads(
  options: LockedOptions,
  store: ModelStore,
  lakeVersion: LakeVersion,
  threads: LearnThreads,
): Promise<TrainingReport> {
  const { lake, tenant, clock } = options;
  const parameters = { ...defaultSimilarityParameters, ...options.parameters };
  const stages = new StageTimes(options.onProgress);
  const read = await stages.run("read", (onShare) =>
    readItemSessions({
      lake,
      tenant,
      lakeVersion,
      signal: options.signal,
      onRows: (done, total) => onShare(done / total),
    }),
  );
  const metrics = await stages.run("evaluate", (onShare) =>
    evaluateHeldOut(read.sessions, parameters, threads, learnOptions(options, onShare)),
  );
  const before = await store.readCurrent().catch(() => undefined);
  const encoded = await stages.run("learn", (onShare) =>
    learnModel(
      read,
      { tenant, lakeVersion, parameters, metrics, parent: before?.manifest.modelVersion ?? null },
      threads,
      learnOptions(options, onShare),
    ),
  );
  const { signal } = options;
  signal.throwIfAborted();
  const isNothingNew = before !== undefined && options.isForced !== true && isSameModel(before, encoded);
  const { outcome, deleted } = await stages.run("publish", async () => ({
    outcome: isNothingNew ? "unchanged" : await store.publishModel(encoded, clock(), signal),
    deleted: await store.prune(options.modelsKeptMax ?? modelsKeptDefaultMax),
  }));
  const { files } = encoded;
  const manifest = isNothingNew ? before.manifest : encoded.manifest;
  return {
    tenant,
    modelVersion: manifest.modelVersion,
    lakeVersion,
    outcome,
    sizes: manifest.sizes,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    ...(metrics === undefined ? {} : { metrics }),
    seconds: stages.seconds,
    ...(before === undefined ? {} : { changes: compareModels(before, decodeModel(files, manifest)) }),
    deleted,
  };
}

/** Whether the models are the same to the last byte, metrics included, but for the lake version that they name. */
function isSameModel(served: SimilarityModel, { manifest }: EncodedModel): boolean {
  const { lakeVersion } = served.manifest;
  return contentVersion({ ...manifest, lakeVersion }, sha256Hex) === served.version;
}

function learnOptions(options: LockedOptions, onShare: (share: number) => void): LearnOptions {
  return {
    signal: options.signal,
    onRange: (done, total) => onShare(done / total),
  };
}

async function pinSessions(lake: Lake, tenant: string, version: LakeVersion | undefined): Promise<LakeSnapshot> {
  if (!(await lake.tableNames()).includes("sessions")) {
    throw new AppError("MODEL_NO_DATA", "The lake has no table sessions yet. Send or import events first.", {
      context: { tenant },
    });
  }
  return (await lake.existingTable("sessions")).snapshot(version);
}

async function evaluateHeldOut(
  sessions: ItemSessions,
  parameters: SimilarityParameters,
  threads: LearnThreads,
  options: LearnOptions,
): Promise<EvaluationReport | undefined> {
  const { sessionCount } = sessions;
  const first = sessionCount - Math.min(heldOutSessionsMax, Math.floor(sessionCount * heldOutShare));
  if (first === sessionCount || first === 0) return undefined;
  const matrix = buildSessionMatrix(sliceSessions(sessions, 0, first), parameters.sessionItemsMax);
  const neighbors = await threads.learn(matrix, parameters, options);
  return evaluateModel({
    neighbors,
    sessions: sliceSessions(sessions, first, sessionCount),
    support: itemSupport(matrix),
    k: listLength,
  });
}

interface LearntFrom {
  readonly tenant: string;
  readonly lakeVersion: number;
  readonly parameters: SimilarityParameters;
  readonly metrics: EvaluationReport | undefined;
  readonly parent: string | null;
}

async function learnModel(
  read: ReadSessions,
  from: LearntFrom,
  threads: LearnThreads,
  options: LearnOptions,
): Promise<EncodedModel> {
  const { sessions, itemIds } = read;
  const { metrics, parameters, ...facts } = from;
  const matrix = buildSessionMatrix(sessions, parameters.sessionItemsMax);
  const neighbors = await threads.learn(matrix, parameters, options);
  const trainedUntilMs = newestTimeMs(sessions);
  const popularity = rankPopularity(sessions, parameters.popularityHalfLifeDays, trainedUntilMs);
  return encodeModel(
    { itemIds, itemSupport: itemSupport(matrix), ...neighbors, ...popularity },
    {
      ...facts,
      parameters,
      ...(metrics === undefined ? {} : { metrics }),
      trainedUntilMs,
      sessions: sessions.sessionCount,
      interactions: sessions.items.length,
    },
    sha256Hex,
  );
}

/** Times the stages and passes their progress on. */
class StageTimes {
  readonly seconds: Record<TrainingStage, number> = { read: 0, evaluate: 0, learn: 0, publish: 0 };
  readonly #onProgress: (progress: TrainingProgress) => void;

  constructor(onProgress: ((progress: TrainingProgress) => void) | undefined) {
    this.#onProgress = onProgress ?? (() => {});
  }

  async run<T>(stage: TrainingStage, work: (onShare: (share: number) => void) => Promise<T>): Promise<T> {
    const startMs = performance.now();
    this.#onProgress({ stage, share: 0 });
    const result = await work((share) => this.#onProgress({ stage, share: Math.min(1, share) }));
    this.#onProgress({ stage, share: 1 });
    this.seconds[stage] = Math.round(performance.now() - startMs) / 1000;
    return result;
  }
}
