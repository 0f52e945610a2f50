import type { RemoteSample } from "./remote-sample.ts";

/** Samples of one target and one time, each of another series. What befalls one of them mostly befalls all. */
export interface SampleGroup {
  readonly timeMs: number;
  readonly samples: readonly RemoteSample[];
}

/** What goes into one request. */
export interface WritePiece {
  /** In order of time; one where it is a part of a group. */
  readonly groups: readonly SampleGroup[];
  /** Of the group that it is a part of. */
  readonly trial?: GroupTrial;
}

/** What a receiver has said of the parts of a group that it refused as a whole. */
interface GroupTrial {
  /** Samples that were refused alone. */
  refused: number;
  hasTaken: boolean;
}

export interface RequestBounds {
  readonly samplesMax: number;
  /** Of the request before it is compressed. */
  readonly bytesMax: number;
}

/** A sample beside its labels. */
const sampleBytes = 32;
/** Samples of a group that must be refused alone, and none taken, for the others to be held to be like them. */
const refusedAloneMax = 3;

export function samplesOf({ groups }: WritePiece): RemoteSample[] {
  return groups.flatMap(({ samples }) => [...samples]);
}

/** Puts groups in order of time and divides them into requests; a group is divided only where it is too large. */
export function planPieces(groups: readonly SampleGroup[], bounds: RequestBounds): WritePiece[] {
  const pieces: SampleGroup[][] = [];
  let [samples, bytes] = [Number.POSITIVE_INFINITY, 0];
  const inOrder = [...groups].sort((a, b) => a.timeMs - b.timeMs);
  for (const group of inOrder.flatMap((each) => withinBounds(each, bounds))) {
    const groupBytes = bytesOf(group.samples);
    samples += group.samples.length;
    bytes += groupBytes;
    if (samples > bounds.samplesMax || bytes > bounds.bytesMax) {
      pieces.push([]);
      [samples, bytes] = [group.samples.length, groupBytes];
    }
    pieces.at(-1)!.push(group);
  }
  return pieces.map((each) => ({ groups: each }));
}

/**
 * Divides what a receiver refused as a whole: Prometheus then stores none of a request, good as most of it may be.
 * The parts are to be sent in this order, the older first: what is older than the newest of its series is refused.
 * @returns nothing for a single sample
 */
export function splitPiece({ groups, trial }: WritePiece): readonly WritePiece[] {
  if (groups.length > 1) {
    const half = groups.length >> 1;
    return [{ groups: groups.slice(0, half) }, { groups: groups.slice(half) }];
  }
  const { timeMs, samples } = groups[0]!;
  if (samples.length < 2) return [];
  const of = trial ?? { refused: 0, hasTaken: false };
  const part = (some: readonly RemoteSample[]) => ({ groups: [{ timeMs, samples: some }], trial: of });
  if (trial === undefined && samples.length > refusedAloneMax) {
    // Some alone first, spread over the group: they tell most of the time whether the others are worth a request.
    const alone = new Set([samples[0]!, samples[samples.length >> 1]!, samples.at(-1)!]);
    const others = samples.filter((sample) => !alone.has(sample));
    return [...[...alone].map((sample) => part([sample])), part(others)];
  }
  const half = samples.length >> 1;
  return [part(samples.slice(0, half)), part(samples.slice(half))];
}

/** Notes what became of a piece, for the other parts of its group. */
export function noteTrial({ groups: [group], trial }: WritePiece, isTaken: boolean): void {
  if (trial === undefined) return;
  if (isTaken) trial.hasTaken = true;
  else if (group!.samples.length === 1) trial.refused += 1;
}

/** Whether a piece need not be sent any more, since the rest of its group was refused, sample by sample. */
export function isHopeless({ trial }: WritePiece): boolean {
  return trial !== undefined && !trial.hasTaken && trial.refused >= refusedAloneMax;
}

function bytesOf(samples: readonly RemoteSample[]): number {
  return samples.reduce((sum, { series }) => sum + series.bytes + sampleBytes, 0);
}

function withinBounds(group: SampleGroup, { samplesMax, bytesMax }: RequestBounds): SampleGroup[] {
  const { timeMs, samples } = group;
  if (samples.length <= 1 || (samples.length <= samplesMax && bytesOf(samples) <= bytesMax)) return [group];
  const half = samples.length >> 1;
  const parts = [samples.slice(0, half), samples.slice(half)];
  return parts.flatMap((part) => withinBounds({ timeMs, samples: part }, { samplesMax, bytesMax }));
}
