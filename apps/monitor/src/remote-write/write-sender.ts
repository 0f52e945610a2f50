import { setTimeout as pause } from "node:timers/promises";
import { AppError, type Clock } from "@footfall/base";
import type { Logger } from "@footfall/runtime";
import { postWriteRequest, type UndeliveredReason, type WriteAnswer } from "./post-write-request.ts";
import type { RemoteWriteMetrics } from "./remote-write-metrics.ts";
import type { RemoteWriteTarget } from "./remote-write-settings.ts";
import { isHopeless, noteTrial, samplesOf, splitPiece, type WritePiece } from "./write-piece.ts";
import { encodeWriteRequest } from "./write-request.ts";

export interface WriteSenderOptions {
  readonly target: RemoteWriteTarget;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RemoteWriteMetrics;
}

/** How often the same thing is logged. */
const logIntervalMs = 60_000;
/** A receiver that does not answer holds up the end of the process for this long. */
const stopMaxMs = 5_000;
/** Words of a receiver about the time of samples: all of one time are then refused. */
const refusedForTime = /out of bounds|too old/;

/** Sends samples to a receiver, one request at a time, and finds out which of them it refuses. */
export class WriteSender {
  readonly #options: WriteSenderOptions;
  readonly #stopping = new AbortController();
  readonly #giveUp = new AbortController();
  /** The receiver asked to be left alone until then, by `performance.now()`. */
  #notBeforeMs = 0;
  readonly #loggedAtMs = new Map<string, number>();
  #refusedSinceLogged = 0;

  constructor(options: WriteSenderOptions) {
    this.#options = options;
  }

  /** No more waiting: what is under way has a few seconds. */
  stop(): void {
    this.#stopping.abort();
    setTimeout(() => this.#giveUp.abort(), stopMaxMs).unref();
  }

  /**
   * Sends pieces in order, and takes each off the front when the receiver has said its last word on it.
   * @throws AppError, retriable, where it has not: the pieces left are to be sent again
   */
  async send(pieces: WritePiece[]): Promise<void> {
    for (let piece = pieces[0]; piece !== undefined; piece = pieces[0]) {
      if (isHopeless(piece)) {
        pieces.shift();
        this.#refused(piece, "as all of its group that were tried");
        continue;
      }
      const answer = await this.#post(piece);
      noteTrial(piece, answer.kind === "taken");
      const left = answer.kind === "taken" ? [] : this.#partsOf(piece, answer);
      pieces.splice(0, 1, ...left);
      if (answer.kind === "taken") this.#taken(piece);
    }
  }

  /** What of a piece is to be tried again, in parts. @throws AppError, retriable, where a sample alone is too large */
  #partsOf(piece: WritePiece, answer: Exclude<WriteAnswer, { kind: "taken" }>): readonly WritePiece[] {
    const isOneTime = piece.groups.length === 1;
    if (answer.kind === "refused" && isOneTime && refusedForTime.test(answer.words)) {
      this.#refused(piece, answer.words);
      return [];
    }
    const parts = splitPiece(piece);
    if (parts.length > 0) return parts;
    if (answer.kind === "too large") throw this.#failed(answer.error);
    this.#refused(piece, answer.words);
    return [];
  }

  async #post(piece: WritePiece): Promise<WriteAnswer> {
    const { target, clock } = this.#options;
    await this.#untilAllowed();
    const body = encodeWriteRequest(samplesOf(piece));
    try {
      return await postWriteRequest(body, { target, nowMs: clock(), signal: this.#giveUp.signal });
    } catch (error) {
      throw error instanceof AppError ? this.#failed(error) : error;
    }
  }

  /** Notes a failure, which is then to be thrown. */
  #failed(error: AppError): AppError {
    const { metrics, logger } = this.#options;
    const reason = error.context["reason"] as UndeliveredReason;
    metrics.failed(reason);
    this.#notBeforeMs = performance.now() + Number(error.context["retryAfterMs"] ?? 0);
    this.#log(reason, () => {
      const message = `remote write: ${error.message}`;
      if (reason === "setting") logger.error({ code: error.code }, message);
      else logger.warn({ code: error.code }, message);
    });
    return error;
  }

  /** Not before the receiver wants to be asked again, unless the process is to end. */
  async #untilAllowed(): Promise<void> {
    const waitMs = this.#notBeforeMs - performance.now();
    if (waitMs <= 0) return;
    await pause(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }

  #taken(piece: WritePiece): void {
    const { metrics, clock } = this.#options;
    metrics.counted("sent", samplesOf(piece).length);
    metrics.succeeded(clock());
  }

  #refused(piece: WritePiece, words: string): void {
    const { metrics, logger } = this.#options;
    const samples = samplesOf(piece);
    metrics.counted("refused", samples.length);
    this.#refusedSinceLogged += samples.length;
    this.#log("refused", () => {
      const { series, timeMs } = samples[0]!;
      const example = { series: series.id.slice(0, 500), time: new Date(timeMs).toISOString() };
      const message = `remote write: the receiver refused ${this.#refusedSinceLogged} samples for good: ${words}`;
      logger.warn({ ...example, samples: this.#refusedSinceLogged }, message);
      this.#refusedSinceLogged = 0;
    });
  }

  #log(what: string, write: () => void): void {
    const nowMs = performance.now();
    if (nowMs - (this.#loggedAtMs.get(what) ?? Number.NEGATIVE_INFINITY) < logIntervalMs) return;
    this.#loggedAtMs.set(what, nowMs);
    write();
  }
}
