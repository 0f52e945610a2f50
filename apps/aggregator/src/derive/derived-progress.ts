import type { LakeSnapshot, LakeVersion } from "@footfall/lake";

/**
 * Version of the rules by which tables are made from `events`: what a session is, what a window counts. To be raised
 * where a program makes other rows of the same events; tables of other rules are then made again, whole.
 * 2: a session is told by tenant, visitor and session id, no longer by tenant and session id; what bots did does not
 * count, nor do order lines that a purchase tells of once more.
 */
const derivationRules = 2n;

/**
 * What a table made from `events` holds: all windows that have closed at the watermark, of all rows of `events` up to
 * a version. Stored as progress of each of its commits; who finds it changed by another is fenced and begins anew.
 */
export interface DerivedProgress {
  /** -1: none. */
  readonly eventsVersion: number;
  /** -Infinity: none has closed. */
  readonly watermarkMs: number;
  /** Set where other rules have made the table, which counts as empty until the next commit: what it says of itself. */
  readonly outdated?: StoredProgress;
}

/** Progress as a table's newest commit has it. */
export interface StoredProgress {
  readonly eventsVersion: number;
  readonly watermarkMs: number;
  /** Undefined before rules were stored. */
  readonly rules: bigint | undefined;
}

const eventsVersionId = "events-version";
const watermarkId = "watermark";
const rulesId = "derivation-rules";

/** What a version of a table holds, whichever rules have made it. */
export function storedProgress({ progress }: LakeSnapshot): StoredProgress {
  const version = progress.get(eventsVersionId);
  const watermark = progress.get(watermarkId);
  return {
    eventsVersion: version === undefined ? -1 : Number(version),
    watermarkMs: watermark === undefined ? Number.NEGATIVE_INFINITY : Number(watermark),
    rules: progress.get(rulesId),
  };
}

/** Where a table is to be made further from: from nothing where other rules than ours have made it. */
export function derivedProgress(snapshot: LakeSnapshot): DerivedProgress {
  const stored = storedProgress(snapshot);
  const { eventsVersion, watermarkMs, rules } = stored;
  if (rules === derivationRules) return { eventsVersion, watermarkMs };
  const nothing = { eventsVersion: -1, watermarkMs: Number.NEGATIVE_INFINITY };
  return isSameProgress(stored, nothing) ? nothing : { ...nothing, outdated: stored };
}

/** The progress part of a commit that moves a derived table from one state to the next. */
export function progressChange(
  from: DerivedProgress,
  to: DerivedProgress,
): { progress: Map<string, bigint>; expectedProgress: Map<string, bigint | undefined> } {
  const progress = new Map<string, bigint>([[rulesId, derivationRules]]);
  for (const [id, value] of entries(to)) if (value !== undefined) progress.set(id, value);
  const expectedProgress = new Map(entries(from.outdated ?? from));
  if (from.outdated) expectedProgress.set(rulesId, from.outdated.rules);
  return { progress, expectedProgress };
}

function entries({ eventsVersion, watermarkMs }: Omit<DerivedProgress, "outdated">): [string, bigint | undefined][] {
  return [
    [eventsVersionId, eventsVersion < 0 ? undefined : BigInt(eventsVersion)],
    [watermarkId, Number.isFinite(watermarkMs) ? BigInt(watermarkMs) : undefined],
  ];
}

export function isSameProgress(a: DerivedProgress, b: DerivedProgress): boolean {
  return a.eventsVersion === b.eventsVersion && a.watermarkMs === b.watermarkMs;
}

export function lakeVersion(version: number): LakeVersion | undefined {
  return version < 0 ? undefined : (version as LakeVersion);
}
