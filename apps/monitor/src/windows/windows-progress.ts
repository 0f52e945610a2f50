import type { LakeCommit, LakeSnapshot, LakeVersion } from "@footfall/lake";

/** What `metric_windows` holds: the windows that have closed at the watermark, of a version of `metric_samples`. */
export interface WindowsProgress {
  /** Undefined: none. */
  readonly samplesVersion: LakeVersion | undefined;
  /** -Infinity: none has closed. */
  readonly watermarkMs: number;
}

const versionId = "samples-version";
const watermarkId = "watermark";

export function windowsProgress({ progress }: LakeSnapshot): WindowsProgress {
  const version = progress.get(versionId);
  const watermark = progress.get(watermarkId);
  return {
    samplesVersion: version === undefined ? undefined : (Number(version) as LakeVersion),
    watermarkMs: watermark === undefined ? Number.NEGATIVE_INFINITY : Number(watermark),
  };
}

/** The progress part of a commit that moves the table on. */
export function progressChange(
  from: WindowsProgress,
  to: WindowsProgress,
): Pick<LakeCommit, "progress" | "expectedProgress"> {
  const expectedProgress = new Map(entries(from));
  const progress = new Map(entries(to).flatMap(([id, value]) => (value === undefined ? [] : [[id, value] as const])));
  return { progress, expectedProgress };
}

function entries({ samplesVersion, watermarkMs }: WindowsProgress): [string, bigint | undefined][] {
  return [
    [versionId, samplesVersion === undefined ? undefined : BigInt(samplesVersion)],
    [watermarkId, Number.isFinite(watermarkMs) ? BigInt(watermarkMs) : undefined],
  ];
}
