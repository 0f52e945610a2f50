import fc from "fast-check";
import { expect, test } from "vitest";
import type { RemoteSample } from "../../src/remote-write/remote-sample.ts";
import {
  isHopeless,
  noteTrial,
  planPieces,
  type SampleGroup,
  samplesOf,
  splitPiece,
} from "../../src/remote-write/write-piece.ts";

const bounds = { samplesMax: 20, bytesMax: 4_000 };
const runs = { numRuns: Number(process.env["FC_RUNS"] ?? 200) };

function group(target: number, timeMs: number, sizes: readonly number[]): SampleGroup {
  const samples = sizes.map((bytes, index): RemoteSample => ({
    series: { id: `${target}/${index}`, labels: [], bytes },
    value: timeMs,
    timeMs,
  }));
  return { timeMs, samples };
}

const groups = fc
  .array(
    fc.tuple(fc.nat(3), fc.nat(50), fc.array(fc.integer({ min: 20, max: 300 }), { minLength: 1, maxLength: 60 })),
    {
      maxLength: 20,
    },
  )
  .map((all) => all.map(([target, time, sizes]) => group(target, time, sizes)));

test("pieces hold each sample once, in order of time, within the bounds", () => {
  fc.assert(
    fc.property(groups, (all) => {
      const pieces = planPieces(all, bounds);
      const planned = pieces.map(samplesOf);
      const inOrder = [...all].sort((a, b) => a.timeMs - b.timeMs).flatMap(({ samples }) => samples);
      expect(planned.flat()).toEqual(inOrder);
      for (const samples of planned) {
        expect(samples.length).toBeGreaterThan(0);
        expect(samples.length).toBeLessThanOrEqual(bounds.samplesMax);
        const bytes = samples.reduce((sum, { series }) => sum + series.bytes, 0);
        expect(bytes).toBeLessThanOrEqual(bounds.bytesMax);
      }
    }),
    runs,
  );
});

/** What the sender does, against a receiver that takes a request as a whole or not at all. */
function sendAll(all: readonly SampleGroup[], isBad: (sample: RemoteSample) => boolean) {
  const pieces = planPieces(all, bounds);
  const taken: RemoteSample[] = [];
  const refused: RemoteSample[] = [];
  let requests = 0;
  for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
    const samples = samplesOf(piece);
    if (isHopeless(piece)) {
      refused.push(...samples);
      continue;
    }
    requests += 1;
    const isTaken = !samples.some(isBad);
    noteTrial(piece, isTaken);
    const parts = isTaken ? [] : splitPiece(piece);
    if (isTaken) taken.push(...samples);
    else if (parts.length === 0) refused.push(...samples);
    pieces.unshift(...parts);
  }
  return { taken, refused, requests };
}

test("of groups with up to two bad samples all others are taken, older ones of a series first", () => {
  fc.assert(
    fc.property(groups, fc.infiniteStream(fc.nat(59)), (all, picks) => {
      const bad = new Set<RemoteSample>();
      for (const { samples } of planPieces(all, bounds).flatMap((piece) => piece.groups)) {
        for (let i = 0; i < 2; i += 1) bad.add(samples[picks.next().value! % samples.length]!);
      }
      const { taken, refused } = sendAll(all, (sample) => bad.has(sample));
      expect(new Set(refused)).toEqual(bad);
      expect(taken.length + refused.length).toBe(all.reduce((sum, { samples }) => sum + samples.length, 0));
      const newest = new Map<string, number>();
      for (const { series, timeMs } of taken) {
        expect(timeMs).toBeGreaterThanOrEqual(newest.get(series.id) ?? 0);
        newest.set(series.id, timeMs);
      }
    }),
    runs,
  );
});

test("groups that are bad as a whole cost few requests, and those beside them are taken", () => {
  fc.assert(
    fc.property(groups, fc.infiniteStream(fc.boolean()), (all, choice) => {
      const bad = new Set(all.filter(() => choice.next().value!));
      const badSamples = new Set([...bad].flatMap(({ samples }) => samples));
      const { refused, requests } = sendAll(all, (sample) => badSamples.has(sample));
      expect(new Set(refused)).toEqual(badSamples);
      const parts = planPieces(all, bounds).reduce((sum, piece) => sum + piece.groups.length, 0);
      // A group as a whole and three of its samples; and what divides the pieces into groups.
      expect(requests).toBeLessThanOrEqual(parts * 6);
    }),
    runs,
  );
});
