import { Buffer } from "node:buffer";

/*
 * The keys of the store. The first byte names the kind; numbers are big-endian, so that keys sort as their numbers.
 *   1  name                              → topic, JSON
 *   2  topic id                          → heads of its partitions
 *   3  topic id, partition, base offset  → stored batch
 *   4  topic id, group                   → acknowledged offsets
 *   5  topic id, group                   → members and owners
 */
const kinds = { topic: 1, heads: 2, batch: 3, groupOffsets: 4, groupMembers: 5 } as const;

/** Says which form of all this a file holds. */
export const formatKey = Buffer.from([0]);
export const topicsStartKey = Buffer.from([kinds.topic]);
export const topicsEndKey = Buffer.from([kinds.topic + 1]);

export function topicKey(name: string): Buffer {
  return Buffer.concat([Buffer.from([kinds.topic]), Buffer.from(name, "utf8")]);
}

export function headsKey(topicId: number): Buffer {
  const key = Buffer.alloc(5);
  key[0] = kinds.heads;
  key.writeUInt32BE(topicId, 1);
  return key;
}

export function batchKey(topicId: number, partition: number, baseOffset: number): Buffer {
  const key = Buffer.alloc(15);
  key[0] = kinds.batch;
  key.writeUInt32BE(topicId, 1);
  key.writeUInt16BE(partition, 5);
  key.writeUInt32BE(Math.floor(baseOffset / 2 ** 32), 7);
  key.writeUInt32BE(baseOffset >>> 0, 11);
  return key;
}

export function baseOffsetOfKey(key: Buffer): number {
  return key.readUInt32BE(7) * 2 ** 32 + key.readUInt32BE(11);
}

export function groupOffsetsKey(topicId: number, group: string): Buffer {
  return groupKey(kinds.groupOffsets, topicId, group);
}

export function groupMembersKey(topicId: number, group: string): Buffer {
  return groupKey(kinds.groupMembers, topicId, group);
}

function groupKey(kind: number, topicId: number, group: string): Buffer {
  const head = Buffer.alloc(5);
  head[0] = kind;
  head.writeUInt32BE(topicId, 1);
  return Buffer.concat([head, Buffer.from(group, "utf8")]);
}
