import type { ModelVersion } from "@footfall/base";
import { seededRandom } from "@footfall/base";
import {
  buildSessionIndex,
  defaultSimilarityParameters,
  type ModelManifest,
  type SimilarityModel,
} from "@footfall/similarity";
import { defaultSessionBlend } from "@footfall/similarity/models";
import { syntheticSessions } from "./synthetic-sessions.ts";

export interface SyntheticModelShape {
  readonly items: number;
  /** Neighbours of every item. */
  readonly neighbors: number;
  readonly seed: number;
  /** Of the sessions that it holds beside the lists. Default: none, as in models of lists alone. */
  readonly clicks?: number;
  /** End of the newest session, ms since the epoch. */
  readonly trainedUntilMs?: number;
}

export const itemIdOf = (index: number): string => `item-${index}`;

/**
 * A model of the size that training on 10 M clicks gives (bench/train builds a real one): every list is full. Half of
 * an item's neighbours are near it, half are drawn by popularity, which falls like Zipf's law with exponent 0.6.
 */
export function syntheticModel(shape: SyntheticModelShape): SimilarityModel {
  const { items, neighbors, seed, clicks, trainedUntilMs = 0 } = shape;
  const random = seededRandom(seed);
  const neighborOffsets = new Int32Array(items + 1);
  const neighborItems = new Int32Array(items * neighbors);
  const neighborScores = new Float32Array(items * neighbors);
  const taken = new Int32Array(items).fill(-1);
  for (let item = 0; item < items; item++) {
    taken[item] = item;
    for (let rank = 0; rank < neighbors;) {
      const isNear = random() < 0.5;
      const offset = 1 + Math.floor(neighbors * 2 * random() ** 2);
      const other = isNear ? (item + offset) % items : Math.floor(items * random() ** 2.5);
      if (taken[other] === item) continue;
      taken[other] = item;
      const at = item * neighbors + rank;
      neighborItems[at] = other;
      neighborScores[at] = 0.3 / (1 + rank) + 0.001 * random();
      rank++;
    }
    neighborOffsets[item + 1] = (item + 1) * neighbors;
  }
  const itemIds = Array.from({ length: items }, (_, index) => itemIdOf(index));
  const sessions = clicks && syntheticSessions({ clicks, items, seed, endMs: trainedUntilMs });
  const sessionIndex = sessions && buildSessionIndex(sessions, { sessionsPerItemMax: defaultSessionBlend.sampleSize });
  return {
    version: "synthetic" as ModelVersion,
    manifest: {
      ...manifestOf(items, items * neighbors),
      trainedUntilMs,
      ...(sessions && { blend: defaultSessionBlend }),
    },
    ...(sessionIndex && { sessionIndex }),
    itemIds,
    indexByItemId: new Map(itemIds.map((itemId, index) => [itemId, index])),
    neighborOffsets,
    neighborItems,
    neighborScores,
    neighborSupport: new Int32Array(items * neighbors).fill(2),
    itemSupport: Int32Array.from({ length: items }, (_, index) => 1 + Math.floor(10_000 / (1 + index) ** 0.6)),
    popularItems: Int32Array.from({ length: items }, (_, index) => index),
    popularScores: Float32Array.from({ length: items }, (_, index) => 10_000 / (1 + index) ** 0.6),
  };
}

function manifestOf(items: number, neighbors: number): ModelManifest {
  return {
    formatVersion: 1,
    modelVersion: "synthetic",
    tenant: "demo",
    lakeVersion: 0,
    parameters: defaultSimilarityParameters,
    sizes: { items, sessions: 1_800_000, interactions: 10_000_000, neighbors },
    files: [],
    parent: null,
    trainedUntilMs: 0,
  };
}
