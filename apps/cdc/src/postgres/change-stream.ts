import type { ClientConfig } from "pg";
import { LogicalReplicationService, type Pgoutput, PgoutputPlugin } from "pg-logical-replication";
import { sourceError } from "./connect.ts";
import { formatLsn, parseLsn } from "./lsn.ts";

export type StreamEntry =
  | { readonly is: "message"; readonly message: Pgoutput.Message; readonly bytes: number }
  /** All before `walEnd` has been sent. */
  | { readonly is: "heartbeat"; readonly walEnd: bigint };

export interface ChangeStreamOptions {
  readonly config: ClientConfig;
  readonly slot: string;
  readonly publication: string;
  /** Where to begin; the server begins later where more was confirmed. */
  readonly startLsn: bigint;
  /** What may wait here, bytes; then the socket is read no further. */
  readonly queueBytesMax: number;
}

/** How often the server hears of us without being asked: it drops a client that is silent for 60 s. */
const statusIntervalMs = 5_000;
const asText = (text: string): string => text;

interface Parsed {
  readonly message?: Pgoutput.Message;
  readonly bytes: number;
  readonly error?: unknown;
}

/** Values stay PostgreSQL's text; what cannot be read is an entry of the queue, not an exception of a socket. */
class TextPlugin extends PgoutputPlugin {
  override parse(buffer: Buffer): never {
    const parsed: Parsed = this.#parse(buffer);
    return parsed as never;
  }

  #parse(buffer: Buffer): Parsed {
    try {
      const message = super.parse(buffer);
      if (message.tag === "relation") for (const column of message.columns) column.parser = asText;
      // The connection's buffer is used again for what comes next; all other values are texts by now.
      if (message.tag === "message") message.content = Uint8Array.from(message.content);
      return { message, bytes: buffer.length };
    } catch (error) {
      return { error, bytes: buffer.length };
    }
  }
}

/**
 * What the slot sends, in its order, pulled one by one. The library's own flow control is not used: it lets keepalives
 * pass the changes that wait before them, and goes on after a change that failed.
 */
export class ChangeStream {
  readonly #service: LogicalReplicationService;
  readonly #queue: StreamEntry[] = [];
  readonly #queueBytesMax: number;
  readonly #timer: NodeJS.Timeout;
  #head = 0;
  #queuedBytes = 0;
  #isPaused = false;
  #confirmedLsn: bigint;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor({ config, slot, publication, startLsn, queueBytesMax }: ChangeStreamOptions) {
    this.#queueBytesMax = queueBytesMax;
    this.#confirmedLsn = startLsn;
    // Of itself the library would confirm all that it has received, durable or not.
    this.#service = new LogicalReplicationService(config, { acknowledge: { auto: false, timeoutSeconds: 0 } });
    this.#service.on("data", (_lsn: string, parsed: Parsed) => this.#take(parsed));
    this.#service.on("heartbeat", (lsn) => this.#push({ is: "heartbeat", walEnd: parseLsn(lsn) }, 0));
    this.#service.on("error", (error) => this.#fail(error));
    const plugin = new TextPlugin({ protoVersion: 1, publicationNames: [publication], messages: true });
    this.#service.subscribe(plugin, slot, formatLsn(startLsn)).then(
      () => this.#fail(new Error("the server ended the stream")),
      (error: unknown) => this.#fail(error as Error),
    );
    this.#timer = setInterval(() => this.#sendStatus(), statusIntervalMs);
  }

  /** Whether `next` would wait. */
  get isEmpty(): boolean {
    return this.#head === this.#queue.length;
  }

  /** @throws AppError CDC_SOURCE_UNAVAILABLE (retriable) once all that came before the break was taken */
  async next(): Promise<StreamEntry> {
    while (this.isEmpty) {
      if (this.#error) throw sourceError(this.#error, "streaming changes");
      await new Promise<void>((resolve) => void (this.#wake = resolve));
    }
    return this.takeWaiting();
  }

  /** The next one, of a queue that is not empty. */
  takeWaiting(): StreamEntry {
    const entry = this.#queue[this.#head++]!;
    if (entry.is === "message") this.#queuedBytes -= entry.bytes;
    if (this.#head === this.#queue.length || this.#head > 10_000) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    if (this.#isPaused && this.#queuedBytes < this.#queueBytesMax / 2) this.#flow(false);
    return entry;
  }

  /** All before `lsn` is durable here: the server may forget it. */
  confirm(lsn: bigint): void {
    if (lsn > this.#confirmedLsn) this.#confirmedLsn = lsn;
    this.#sendStatus();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#fail(new Error("the stream was closed"));
    await this.#service.stop().catch(() => {});
  }

  /**
   * The library adds one to what it is given. A commit may begin right where the last one ended, and one byte more
   * would make the server skip it.
   */
  #sendStatus(): void {
    if (this.#confirmedLsn > 0n) void this.#service.acknowledge(formatLsn(this.#confirmedLsn - 1n)).catch(() => {});
  }

  #take({ message, bytes, error }: Parsed): void {
    if (message === undefined) this.#fail(error as Error);
    // After a message that cannot be read none is taken: it would be confirmed with those after it.
    else if (this.#error === undefined) this.#push({ is: "message", message, bytes }, bytes);
  }

  #push(entry: StreamEntry, bytes: number): void {
    if (this.#error) return;
    this.#queue.push(entry);
    this.#queuedBytes += bytes;
    if (!this.#isPaused && this.#queuedBytes > this.#queueBytesMax) this.#flow(true);
    this.#wakeUp();
  }

  #flow(isPaused: boolean): void {
    this.#isPaused = isPaused;
    // The library pauses its socket in just this way.
    const { _connection } = this.#service as unknown as { _connection: { stream: NodeJS.ReadableStream } | null };
    if (isPaused) _connection?.stream.pause();
    else _connection?.stream.resume();
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
