import { randomUUID } from "node:crypto";
import { assertInvariant, type Random, seededRandom } from "@footfall/base";
import type { Assignment, LogBatch, PartitionOffset, Subscription } from "@footfall/log";
import { expect, it } from "vitest";
import { type ContractBench, type LogMember, record, textOf } from "./contract-bench.ts";

const steps = 12;
const recordsPerStep = 20;
const membersMax = 3;

/**
 * What members of a group share: per partition, what was stored and up to where. It takes a batch only where the last
 * one ended, as every sink does that stores offsets with its data.
 */
class SharedSink {
  readonly values: string[] = [];
  readonly #next = new Map<number, bigint>();

  next(partition: number): bigint {
    return this.#next.get(partition) ?? 0n;
  }

  /** @returns whether it was taken; not so from a member that has been overtaken */
  store({ partition, startOffset, nextOffset, records }: LogBatch): boolean {
    if (startOffset !== this.next(partition)) return false;
    this.#next.set(partition, nextOffset);
    this.values.push(...records.map(textOf));
    return true;
  }
}

/** A member with a state per partition, as a consumer with state has it: a batch that does not fit breaks it. */
class Member {
  readonly #sink: SharedSink;
  readonly #states = new Map<number, bigint>();
  readonly member: LogMember;
  subscription!: Subscription;
  stored = 0;
  isFrozen = false;

  constructor(member: LogMember, sink: SharedSink) {
    this.member = member;
    this.#sink = sink;
  }

  async join(topic: string, group: string): Promise<this> {
    this.subscription = await this.member.log.subscribe({
      topics: [topic],
      group,
      from: "earliest",
      batchRecordsMax: 3,
      onAssignment: (assignment) => this.#assign(assignment),
      onBatch: async (batch) => this.#take(batch),
    });
    return this;
  }

  async #assign({ held, lost }: Assignment): Promise<PartitionOffset[]> {
    for (const { partition } of lost) {
      assertInvariant(this.#states.delete(partition), `lost partition ${partition}, which was not held`);
    }
    const heldNow = new Set(held.map(({ partition }) => partition));
    for (const partition of this.#states.keys()) {
      assertInvariant(heldNow.has(partition), `partition ${partition} is gone and nobody said so`);
    }
    return held.map((place) => {
      const offset = this.#sink.next(place.partition);
      this.#states.set(place.partition, offset);
      return { ...place, offset };
    });
  }

  #take(batch: LogBatch): void {
    const { partition, startOffset, nextOffset } = batch;
    const expected = this.#states.get(partition);
    assertInvariant(expected === startOffset, `partition ${partition} stands at ${expected}, not at ${startOffset}`);
    this.#states.set(partition, nextOffset);
    if (this.#sink.store(batch)) this.stored += batch.records.length;
  }
}

/** Members that join, leave, fall silent past their session and come back, at random. */
export function membersComeAndGo(bench: ContractBench): void {
  const { seed } = bench;

  it(`lose and repeat nothing for a sink while members come and go (CONTRACT_SEED=${seed})`, async () => {
    const { topic, wait } = bench;
    const group = `group-${randomUUID()}`;
    const random = seededRandom(seed);
    const sink = new SharedSink();
    const members: Member[] = [];
    let sent = 0;
    const join = async (): Promise<void> => {
      members.push(await new Member(await bench.opened.openMember(), sink).join(topic, group));
    };
    const send = async (): Promise<void> => {
      const records = Array.from({ length: recordsPerStep }, () => record(null, String(sent++)));
      await bench.log.append(topic, records);
    };
    await join();
    for (let step = 0; step < steps; step++) {
      await send();
      await changeMembers(random, members, join);
      // In some steps the change comes before the last one has been dealt with.
      if (random() < 0.5) await wait(() => sink.values.length >= sent - recordsPerStep);
    }
    for (const member of members) thaw(member);
    await wait(() => sink.values.length === sent);
    expect(sink.values.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: sent }, (_, i) => i));
    // All that live hold their share, and go on.
    const before = members.map(({ stored }) => stored);
    await wait(() => members.every(({ subscription }) => subscription.partitions.length > 0));
    await wait(async () => {
      await send();
      return members.every(({ stored }, at) => stored > before[at]!);
    });
    await Promise.all(members.map(({ subscription }) => subscription.stop()));
    for (const { subscription } of members) await subscription.done; // none has failed
  });
}

async function changeMembers(random: Random, members: Member[], join: () => Promise<void>): Promise<void> {
  const member = members[Math.floor(random() * members.length)];
  const living = members.filter(({ isFrozen }) => !isFrozen).length;
  const choice = random();
  if (choice < 0.35 && members.length < membersMax) await join();
  else if (member === undefined) await join();
  else if (member.isFrozen) thaw(member);
  else if (choice < 0.65 && living > 1) {
    members.splice(members.indexOf(member), 1);
    await member.subscription.stop();
    await member.subscription.done;
  } else if (living > 1) freeze(member);
}

function freeze(member: Member): void {
  if (member.member.freeze === undefined) return;
  member.isFrozen = true;
  member.subscription.pause();
  member.member.freeze();
}

function thaw(member: Member): void {
  if (!member.isFrozen) return;
  member.isFrozen = false;
  member.member.thaw!();
  member.subscription.resume();
}
