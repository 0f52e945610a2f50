import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { AppError, type Clock } from "@footfall/base";
import type { LogStore } from "./log-store.ts";
import { groupMembersKey, groupOffsetsKey } from "./store-keys.ts";
import type { Topic } from "./topic-catalog.ts";

/** What all members of a group agree on. Kept as an 8-byte count of changes, then JSON. */
interface GroupState {
  /** Member id → until when it holds its partitions unless it says so again, ms. */
  readonly members: Record<string, number>;
  /** Owner of each partition. */
  readonly owners: (string | null)[];
}

/** What a member learns when it reports in. */
export interface Membership {
  /** Partitions it holds now. */
  readonly owned: readonly number[];
  /** Of these, the ones others wait for: to be given up after the batch under way. */
  readonly surplus: readonly number[];
  /** Whether its lease had run out and others may have had its partitions since. */
  readonly isNewcomer: boolean;
}

/**
 * One member of a group on one topic. Members share the partitions by a rule each applies to itself: with n members in
 * the order of their ids, each may hold its n-th share, takes free partitions up to it and gives up what is above it.
 */
export class GroupMember {
  readonly id: string = randomUUID();
  readonly #store: LogStore;
  readonly #topic: Topic;
  readonly #group: string;
  readonly #clock: Clock;
  readonly #sessionTimeoutMs: number;
  #leaseUntilMs = 0;
  #reportedAtMs = 0;
  #seenChanges = -1;
  #wantsRetryAtMs = 0;

  constructor(store: LogStore, topic: Topic, group: string, clock: Clock, sessionTimeoutMs: number) {
    this.#store = store;
    this.#topic = topic;
    this.#group = group;
    this.#clock = clock;
    this.#sessionTimeoutMs = sessionTimeoutMs;
  }

  /** Whether nobody else can have been given this member's partitions yet. */
  holdsLease(): boolean {
    return this.#clock() < this.#leaseUntilMs;
  }

  /** Whether the member must report in before it delivers anything more. */
  mustReport(): boolean {
    const nowMs = this.#clock();
    if (nowMs < this.#wantsRetryAtMs) return false;
    // However long the lease still is: a dead member changes nothing, it is found out by looking.
    if (nowMs >= this.#reportedAtMs + this.#sessionTimeoutMs / 3) return true;
    return readChanges(this.#store.get(this.#stateKey())) !== this.#seenChanges;
  }

  /** Joins or stays, gives up `released`, and takes what is free up to its share. */
  async report(released: readonly number[]): Promise<Membership> {
    try {
      return await this.#store.transact(() => this.#reportInside(released));
    } catch (error) {
      this.#wantsRetryAtMs = this.#clock() + this.#sessionTimeoutMs / 20;
      throw error;
    }
  }

  /** Lengthens the lease while a batch takes long. Does nothing once the lease is lost. */
  async keepLease(): Promise<void> {
    if (!this.holdsLease()) return;
    await this.#store.transact(() => {
      const state = this.#read();
      if (state.members[this.id] === undefined) return;
      state.members[this.id] = this.#extendedLease();
      this.#write(state, readChanges(this.#store.get(this.#stateKey())));
    });
  }

  async leave(): Promise<void> {
    await this.#store.transact(() => {
      const state = this.#read();
      delete state.members[this.id];
      this.#write({ ...state, owners: freeOwners(state) }, this.#changesNow() + 1);
    });
    this.#leaseUntilMs = 0;
  }

  /** Notes that everything before `nextOffset` has been dealt with. A member that lost the partition notes nothing. */
  async acknowledge(partition: number, nextOffset: number): Promise<void> {
    await this.#store.transact(() => {
      if (this.#read().owners[partition] !== this.id) return;
      const offsets = readGroupOffsets(this.#store, this.#topic, this.#group);
      offsets[partition] = nextOffset;
      writeGroupOffsets(this.#store, this.#topic, this.#group, offsets);
    });
  }

  #reportInside(released: readonly number[]): Membership {
    const before = this.#read();
    const nowMs = this.#clock();
    const isNewcomer = before.members[this.id] === undefined;
    const members: Record<string, number> = {};
    for (const [id, untilMs] of Object.entries(before.members)) if (untilMs > nowMs) members[id] = untilMs;
    members[this.id] = this.#extendedLease();
    const owners = freeOwners({ members, owners: before.owners });
    for (const partition of released) if (owners[partition] === this.id) owners[partition] = null;

    const share = shareOf(this.id, Object.keys(members), owners.length);
    const owned = partitionsOf(this.id, owners);
    for (let partition = 0; partition < owners.length && owned.length < share; partition++) {
      if (owners[partition] !== null) continue;
      owners[partition] = this.id;
      owned.push(partition);
    }
    const isChanged = isNewcomer || !isSame(before, { members, owners });
    const changes = this.#changesNow() + (isChanged ? 1 : 0);
    this.#write({ members, owners }, changes);
    this.#seenChanges = changes;
    this.#reportedAtMs = nowMs;
    owned.sort((a, b) => a - b);
    return { owned, surplus: owned.slice(share), isNewcomer };
  }

  #extendedLease(): number {
    this.#leaseUntilMs = this.#clock() + this.#sessionTimeoutMs;
    return this.#leaseUntilMs;
  }

  #stateKey(): Buffer {
    return groupMembersKey(this.#topic.id, this.#group);
  }

  #changesNow(): number {
    return readChanges(this.#store.get(this.#stateKey()));
  }

  #read(): GroupState {
    return readState(this.#store, this.#topic, this.#group);
  }

  #write(state: GroupState, changes: number): void {
    const head = Buffer.alloc(8);
    head.writeDoubleLE(changes);
    this.#store.put(this.#stateKey(), Buffer.concat([head, Buffer.from(JSON.stringify(state))]));
  }
}

/** How many partitions a member may hold. */
export function shareOf(id: string, members: readonly string[], partitions: number): number {
  const rank = members.toSorted().indexOf(id);
  return Math.floor(partitions / members.length) + (rank < partitions % members.length ? 1 : 0);
}

/** The next offset of each partition that the group acknowledged, as stored; -1 where it never did. */
export function readGroupOffsets(store: LogStore, topic: Topic, group: string): number[] {
  const bytes = store.get(groupOffsetsKey(topic.id, group));
  return Array.from({ length: topic.partitions }, (_, partition) => bytes?.readDoubleLE(partition * 8) ?? -1);
}

/** Only inside a transaction. */
export function writeGroupOffsets(store: LogStore, topic: Topic, group: string, offsets: readonly number[]): void {
  const bytes = Buffer.alloc(offsets.length * 8);
  offsets.forEach((offset, partition) => bytes.writeDoubleLE(offset, partition * 8));
  store.put(groupOffsetsKey(topic.id, group), bytes);
}

/** Moves a group to other offsets. @throws AppError LOG_GROUP_ACTIVE */
export async function moveGroup(
  store: LogStore,
  topic: Topic,
  group: string,
  offsets: ReadonlyMap<number, number>,
  nowMs: number,
): Promise<void> {
  await store.transact(() => {
    const { members } = readState(store, topic, group);
    if (Object.values(members).some((untilMs) => untilMs > nowMs)) {
      throw new AppError(
        "LOG_GROUP_ACTIVE",
        `The group ${group} still has members on ${topic.name}; stop them first.`,
        {
          retriable: true,
          context: { group, topic: topic.name },
        },
      );
    }
    const moved = readGroupOffsets(store, topic, group);
    for (const [partition, offset] of offsets) moved[partition] = offset;
    writeGroupOffsets(store, topic, group, moved);
  });
}

function readState(store: LogStore, topic: Topic, group: string): GroupState {
  const bytes = store.get(groupMembersKey(topic.id, group));
  if (bytes === undefined) return { members: {}, owners: Array.from({ length: topic.partitions }, () => null) };
  return JSON.parse(bytes.toString("utf8", 8)) as GroupState;
}

function readChanges(bytes: Buffer | undefined): number {
  return bytes === undefined ? 0 : bytes.readDoubleLE(0);
}

/** Owners without those who are no members. */
function freeOwners({ members, owners }: GroupState): (string | null)[] {
  return owners.map((owner) => (owner !== null && members[owner] !== undefined ? owner : null));
}

function partitionsOf(id: string, owners: readonly (string | null)[]): number[] {
  return owners.flatMap((owner, partition) => (owner === id ? [partition] : []));
}

function isSame(a: GroupState, b: GroupState): boolean {
  const isSameMembers = Object.keys(a.members).toSorted().join() === Object.keys(b.members).toSorted().join();
  return isSameMembers && a.owners.every((owner, partition) => owner === b.owners[partition]);
}
