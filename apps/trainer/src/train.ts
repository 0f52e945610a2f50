import { availableParallelism } from "node:os";
import type { Clock } from "@footfall/base";
import type { Lake, LakeVersion } from "@footfall/lake";
import { type ModelStore, openModelStore, readTunedParameters, sha256Hex } from "@footfall/models";
import {
  contentVersion,
  decodeModel,
  defaultSimilarityParameters,
  encodeModel,
  type EncodedModel,
  type EvaluationReport,
  evaluateModel,
  type ItemSessions,
  type ModelManifest,
  newestTimeMs,
  rankPopularity,
  type SimilarityModel,
  type SimilarityParameters,
  sliceSessions,
} from "@footfall/similarity";
import { type GateVerdict, judgeChallenger } from "@footfall/similarity/gate";
import { defaultSessionBlend, type SessionBlendParameters } from "@footfall/similarity/models";
import { firstHeldOut, firstJudging } from "./held-out.ts";
import { learnParts, type LearnSettings, type LearntParts, recommenderOf } from "./learn-parts.ts";
import { type LearnOptions, LearnThreads } from "./learn-threads.ts";
import { compareModels, type ModelChanges } from "./model-changes.ts";
import { pinSessions, readItemSessions, type ReadSessions } from "./read-item-sessions.ts";

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
  /** Overrides of what was tuned, and of the defaults. */
  readonly parameters?: Partial<SimilarityParameters>;
  readonly blend?: Partial<SessionBlendParameters>;
  /** Version of the table `sessions`. Default: the newest. */
  readonly lakeVersion?: LakeVersion;
  /** Dates the publication; the model itself depends on no clock. */
  readonly clock: Clock;
  /** Counting threads. Default: one per processor. */
  readonly threadsMax?: number;
  /** Models kept for rollback. Default 5. */
  readonly modelsKeptMax?: number;
  /**
   * Why it is published whatever the gate says, and where it differs from the served model in nothing but the lake
   * version. It is kept with the publication.
   */
  readonly forcedBecause?: string;
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
  /** Absent where there was no served model, or too little that it had not learnt from. */
  readonly gate?: GateVerdict;
  readonly seconds: Readonly<Record<TrainingStage, number>>;
  /** Absent when there was no readable model before. */
  readonly changes?: ModelChanges;
  /** Old models deleted. */
  readonly deleted: readonly string[];
}

const modelsKeptDefaultMax = 5;
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
  const tuned = await readTunedParameters(store.folder);
  const settings: LearnSettings = {
    parameters: { ...defaultSimilarityParameters, ...tuned?.parameters, ...options.parameters },
    blend: { ...defaultSessionBlend, ...tuned?.blend, ...options.blend },
  };
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
  const before = await store.readCurrent().catch(() => undefined);
  const { metrics, gate } = await stages.run("evaluate", (onShare) =>
    judge(read, before, settings, (sessions) =>
      learnParts(sessions, settings, threads, learnOptions(options, onShare)),
    ),
  );
  const encoded = await stages.run("learn", (onShare) =>
    learnModel(
      read,
      { tenant, lakeVersion, ...settings, metrics, parent: before?.manifest.modelVersion ?? null },
      threads,
      learnOptions(options, onShare),
    ),
  );
  const { signal, forcedBecause } = options;
  signal.throwIfAborted();
  const isNothingNew = before !== undefined && forcedBecause === undefined && isSameModel(before, encoded);
  const judged = { signal, ...(gate && { gate }), ...(forcedBecause !== undefined && { forcedBecause }) };
  const { outcome, deleted } = await stages.run("publish", async () => ({
    outcome: isNothingNew ? "unchanged" : await store.publishModel(encoded, clock(), judged),
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
    ...(gate === undefined ? {} : { gate }),
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

interface Judgement {
  readonly metrics: EvaluationReport | undefined;
  readonly gate: GateVerdict | undefined;
}

/**
 * Learns from all sessions but the newest, and lets those judge: for the figures always the same ones, so that the same
 * sessions give the same model; for the gate those that the served model has not learnt from.
 */
async function judge(
  { sessions, itemIds }: ReadSessions,
  served: SimilarityModel | undefined,
  { blend }: LearnSettings,
  learn: (sessions: ItemSessions) => Promise<LearntParts>,
): Promise<Judgement> {
  const first = firstHeldOut(sessions);
  if (first === undefined) return { metrics: undefined, gate: undefined };
  const learnt = await learn(sliceSessions(sessions, 0, first));
  const judged = (parts: LearntParts, start: number) => ({
    recommender: recommenderOf(parts, blend),
    sessions: sliceSessions(sessions, start, sessions.sessionCount),
    support: parts.sessionIndex.itemSupport,
  });
  const metrics = evaluateModel({ ...judged(learnt, first), k: listLength });
  const firstJudged = served && firstJudging(sessions, served.manifest.trainedUntilMs);
  if (firstJudged === undefined) return { metrics, gate: undefined };
  const parts = firstJudged === first ? learnt : await learn(sliceSessions(sessions, 0, firstJudged));
  return { metrics, gate: judgeChallenger({ ...judged(parts, firstJudged), champion: served!, itemIds }) };
}

interface LearntFrom extends LearnSettings {
  readonly tenant: string;
  readonly lakeVersion: number;
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
  const { metrics, ...facts } = from;
  const { neighbors, sessionIndex } = await learnParts(sessions, from, threads, options);
  const trainedUntilMs = newestTimeMs(sessions);
  const popularity = rankPopularity(sessions, from.parameters.popularityHalfLifeDays, trainedUntilMs);
  return encodeModel(
    { itemIds, itemSupport: sessionIndex.itemSupport, ...neighbors, ...popularity, sessionIndex },
    {
      ...facts,
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
