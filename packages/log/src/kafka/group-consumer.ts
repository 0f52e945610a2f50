import type { Consumer, EachBatchPayload } from "kafkajs";
import { AppError, type ErrorContext } from "@footfall/base";
import type { TopicPartition } from "../event-log.ts";
import { KafkaClient, libraryRetry } from "./kafka-client.ts";
import { fromKafkaError, isOutOfGroup } from "./kafka-errors.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import { withDeadline } from "./retry.ts";

const connectMsMax = 8000;
const fetchWaitMs = 200;
/** Partitions that are added to a topic are noticed after so long; kafkajs would take 5 minutes. */
const metadataMsMax = 2000;
/** Some 3 s, in which another broker may take over: each new consumer makes the group share its partitions out. */
const consumerRetries = 6;
/** How long a group waits for a member that deals with a batch before it goes on without it. */
export const rebalanceMsMax = 60_000;
/** A join may take as long as the slowest member's batch. */
const joinMsMax = rebalanceMsMax + 10_000;
/** Of its session; a consumer that is silent for longer is made anew. */
const silentSessionsMax = 3;

/** A member learns by the answer that the group is to be shared out again: the faster, the shorter others wait. */
function heartbeatMs({ sessionTimeoutMs }: KafkaSettings): number {
  return Math.min(1000, Math.floor(sessionTimeoutMs / 4));
}

export interface GroupConsumerParts {
  readonly settings: KafkaSettings;
  readonly topics: readonly string[];
  readonly group: string;
  /**
   * The group was shared out. Called before anything is fetched.
   * `isContinued`: nobody else can have had the partitions that were held before.
   */
  readonly onJoined: (partitions: readonly TopicPartition[], isContinued: boolean) => void;
  /** Must not throw. */
  readonly onBatch: (payload: EachBatchPayload) => Promise<void>;
  /** It crashed or fell silent, once. */
  readonly onLost: (error: AppError) => void;
}

/**
 * One kafkajs consumer, from joining the group to leaving it. It is never restarted by kafkajs but given up and made
 * anew: kafkajs may stop without a word, or try for ever over a dead connection.
 */
export class GroupConsumer {
  readonly #parts: GroupConsumerParts;
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #watchdog: NodeJS.Timeout;
  #isOver = false;
  #memberId: string | undefined;
  #joinRequests = 0;
  #isJoining = true;
  #heardAtMs: number;
  #mustRejoin: unknown;
  /** When the last question was sent that only a member is answered, and until when the answer makes it one. */
  #askedAtMs = 0;
  #leaseUntilMs = 0;
  #batchesUnderWay = 0;

  constructor(parts: GroupConsumerParts) {
    const { settings, group } = parts;
    const { sessionTimeoutMs } = settings;
    this.#parts = parts;
    this.#client = new KafkaClient(settings);
    this.#consumer = this.#client.kafka.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceMsMax,
      heartbeatInterval: heartbeatMs(settings),
      maxWaitTimeInMs: fetchWaitMs,
      metadataMaxAge: metadataMsMax,
      allowAutoTopicCreation: false,
      retry: { ...libraryRetry, retries: consumerRetries, restartOnFailure: () => Promise.resolve(false) },
    });
    this.#heardAtMs = settings.clock();
    this.#listen();
    this.#watchdog = setInterval(() => this.#watch(), heartbeatMs(settings));
  }

  /** Resolves once it has joined the group. @throws AppError */
  async start(): Promise<void> {
    const topics = [...this.#parts.topics];
    try {
      await withDeadline(this.#consumer.connect(), connectMsMax, "the connection of a consumer");
      await withDeadline(this.#consumer.subscribe({ topics, fromBeginning: true }), connectMsMax, "a subscription");
      const running = this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 1,
        eachBatch: (payload) => this.#deliver(payload),
      });
      await withDeadline(running, joinMsMax, "joining the group");
    } catch (error) {
      throw fromKafkaError(error, this.#context);
    }
  }

  seek({ topic, partition }: TopicPartition, offset: bigint): void {
    if (this.#isOver) return;
    this.#consumer.seek({ topic, partition, offset: String(offset) });
  }

  pause(partitions: readonly TopicPartition[]): void {
    if (this.#isOver || partitions.length === 0) return;
    this.#consumer.pause(partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] })));
  }

  resume(partitions: readonly TopicPartition[]): void {
    if (this.#isOver || partitions.length === 0) return;
    this.#consumer.resume(partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] })));
  }

  /**
   * Whether this member surely holds its partitions. Not so where the group waits for it or has gone on without it, nor
   * where it has not heard for a session whether it has.
   */
  get mayDeliver(): boolean {
    return !this.#isOver && this.#mustRejoin === undefined && this.#parts.settings.clock() < this.#leaseUntilMs;
  }

  async commit({ topic, partition }: TopicPartition, offset: bigint): Promise<void> {
    if (this.#isOver) return;
    const commit = this.#consumer.commitOffsets([{ topic, partition, offset: String(offset) }]);
    await withDeadline(commit, connectMsMax, "a commit of offsets");
  }

  /** Leaves the group. The batch under way should be over. Never rejects. */
  async end(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#watchdog);
    await this.#client.end(() => this.#consumer.disconnect());
  }

  #listen(): void {
    const { events } = this.#consumer;
    this.#consumer.on(events.REQUEST, ({ payload }) => {
      if (payload.apiName === "JoinGroup") this.#joinRequests++;
      const isOfMember = payload.apiName === "Heartbeat" || payload.apiName === "SyncGroup";
      if (isOfMember) this.#askedAtMs = this.#parts.settings.clock() - payload.duration;
    });
    this.#consumer.on(events.REQUEST_TIMEOUT, ({ payload }) => this.#client.cut(payload.broker));
    this.#consumer.on(events.HEARTBEAT, () => this.#renewLease());
    this.#consumer.on(events.REBALANCING, () => {
      this.#isJoining = true;
      this.#hear();
    });
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      // With more than one request a generation may have passed in which the partitions were somebody else's.
      const isContinued = payload.memberId === this.#memberId && this.#joinRequests === 1;
      this.#memberId = payload.memberId;
      this.#joinRequests = 0;
      this.#isJoining = false;
      this.#mustRejoin = undefined;
      this.#renewLease();
      if (!this.#isOver) this.#parts.onJoined(partitionsIn(payload.memberAssignment), isContinued);
    });
    this.#consumer.on(events.CRASH, ({ payload }) => this.#lose(payload.error));
  }

  async #deliver(payload: EachBatchPayload): Promise<void> {
    if (this.#isOver || this.#mustRejoin !== undefined) return;
    if (!this.mayDeliver) await this.#beat(payload); // fetched before a silence in which much may have happened
    const beats = setInterval(() => void this.#beat(payload), heartbeatMs(this.#parts.settings));
    this.#batchesUnderWay++;
    try {
      if (this.mayDeliver) await this.#parts.onBatch(payload);
    } finally {
      this.#batchesUnderWay--;
      // kafkajs sends no heartbeat while the wall clock says that it is earlier than at the last one.
      if (this.mayDeliver) this.#hear();
      clearInterval(beats);
    }
    if (this.#mustRejoin !== undefined) throw this.#mustRejoin; // makes kafkajs join again at once
  }

  async #beat(payload: EachBatchPayload): Promise<void> {
    try {
      await payload.heartbeat();
    } catch (error) {
      // Other failures are left to kafkajs, which meets them too.
      if (!isOutOfGroup(error)) return;
      this.#mustRejoin ??= error;
      this.#hear();
    }
  }

  #renewLease(): void {
    this.#leaseUntilMs = this.#askedAtMs + this.#parts.settings.sessionTimeoutMs;
    this.#hear();
  }

  #hear(): void {
    this.#heardAtMs = this.#parts.settings.clock();
  }

  #watch(): void {
    if (this.#batchesUnderWay > 0) return;
    const { clock, sessionTimeoutMs } = this.#parts.settings;
    const silentMsMax = this.#isJoining ? joinMsMax : silentSessionsMax * sessionTimeoutMs;
    const silentMs = clock() - this.#heardAtMs;
    if (silentMs <= silentMsMax) return;
    const message = `The consumer gave no sign of life for ${Math.round(silentMs / 1000)} s.`;
    this.#lose(new AppError("LOG_UNAVAILABLE", message, { retriable: true }));
  }

  #lose(cause: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#watchdog);
    this.#parts.onLost(fromKafkaError(cause, this.#context));
  }

  get #context(): ErrorContext {
    return { topic: this.#parts.topics.join(), group: this.#parts.group };
  }
}

function partitionsIn(assignment: Readonly<Record<string, readonly number[]>>): TopicPartition[] {
  return Object.entries(assignment).flatMap(([topic, numbers]) => numbers.map((partition) => ({ topic, partition })));
}
