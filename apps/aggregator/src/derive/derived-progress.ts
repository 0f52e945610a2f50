import type { LakeSnapshot, LakeVersion } from "@footfall/lake";

/**
 * What a table made from `events` holds: all windows that have closed at the watermark, of all rows of `events` up to
 * a version. Stored as progress of each of its commits; who finds it changed by another is fenced and begins anew.
 */
export interface DerivedProgress {
  /** -1: none. */
  readonly eventsVersion: number;
  /** -Infinity: none has closed. */
  readonly watermarkMs: number;
}

const eventsVersionId = "events-version";
const watermarkId = "watermark";

export function derivedProgress({ progress }: LakeSnapshot): DerivedProgress {
  const version = progress.get(eventsVersionId);
  const watermark = progress.get(watermarkId);
  return {
    eventsVersion: version === undefined ? -1 : Number(version),
    watermarkMs: watermark === undefined ? Number.NEGATIVE_INFINITY : Number(watermark),
  };
}

/** The progress part of a commit that moves a derived table from one state to the next. */
export function progressChange(
  from: DerivedProgress,
  to: DerivedProgress,
): { progress: Map<string, bigint>; expectedProgress: Map<string, bigint | undefined> } {
  const progress = new Map<string, bigint>();
  for (const [id, value] of entries(to)) if (value !== undefined) progress.set(id, value);
  return { progress, expectedProgress: new Map(entries(from)) };
}

function entries({ eventsVersion, watermarkMs }: DerivedProgress): [string, bigint | undefined][] {
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
