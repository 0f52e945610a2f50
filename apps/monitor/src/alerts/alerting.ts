import type { Clock } from "@footfall/base";
import type { Lake } from "@footfall/lake";
import {
  type AlertRule,
  type AlertState,
  type AlertTransition,
  decideNotices,
  evaluate,
  evaluateWatermarks,
  noteSent,
  type Notice,
  type Route,
} from "@footfall/metrics/alerts";
import type { ClosedWindows } from "../windows/closing-windows.ts";
import type { NoticeFile } from "./alert-files.ts";
import { AlertStore } from "./alert-store.ts";
import { AlertmanagerFeed } from "./alertmanager-feed.ts";
import type { DeliveryAttempts } from "./delivery-attempts.ts";
import { sendNotice } from "./receivers.ts";
import { readSilences } from "./silences.ts";
import { judgeWithWindows } from "./window-reader.ts";

export interface AlertingOptions {
  readonly lake: Lake;
  readonly clock: Clock;
  /** Where the state and silences are kept. */
  readonly folder: string;
  /** Whose metrics are judged. */
  readonly tenant: string;
  readonly rules: readonly AlertRule[];
  /** Undefined: nobody is told. */
  readonly notices?: NoticeFile;
  /** Where readers of notices find the operator's pages; asked when one is sent. */
  readonly externalUrl: () => string;
  /** Told how each notice fares. */
  readonly attempts: DeliveryAttempts;
  readonly onTransitions: (transitions: readonly AlertTransition[]) => void;
  readonly onUndelivered: (error: unknown) => void;
}

const evaluateOptions = { zone: "UTC", alertsMax: 10_000 };
/** After a longer time without a monitor, what lies further back is not judged: nobody can act on it. */
const catchUpMaxMs = 86_400_000;
/** Decides nothing: where no receiver is told. */
const noRoute: Route = {
  receiver: "",
  matchers: [],
  groupBy: [],
  groupWaitMs: 0,
  groupIntervalMs: 0,
  repeatIntervalMs: 0,
  routes: [],
};

/**
 * Judges the rules at the ends of closed windows and tells the receivers; the state is durable before anybody hears.
 */
export class Alerting {
  readonly #options: AlertingOptions;
  readonly #store: AlertStore;
  readonly #feed: AlertmanagerFeed;

  private constructor(options: AlertingOptions, store: AlertStore) {
    this.#options = options;
    this.#store = store;
    const { notices, clock, externalUrl, attempts, onUndelivered } = options;
    const urls = notices?.alertmanagers ?? [];
    const generatorUrl = () => `${externalUrl()}/alerts`;
    this.#feed = new AlertmanagerFeed({ urls, clock, attempts, onUndelivered, generatorUrl });
  }

  static async open(options: AlertingOptions): Promise<Alerting> {
    return new Alerting(options, await AlertStore.open(options.folder, options.lake));
  }

  get state(): AlertState {
    return this.#store.state;
  }

  async round({ watermarkMs, newestMs }: Pick<ClosedWindows, "watermarkMs" | "newestMs">): Promise<void> {
    const { rules, clock, onTransitions } = this.#options;
    let state = this.#store.state;
    const transitions: AlertTransition[] = [];
    for (const endMs of this.#endsUntil(watermarkMs)) {
      const evaluation = await judgeWithWindows(this.#options, (reader) =>
        evaluate(rules, reader, state, endMs, evaluateOptions),
      );
      state = evaluation.state;
      transitions.push(...evaluation.transitions);
    }
    if (Number.isFinite(newestMs)) {
      const source = { labels: { topic: "metrics" }, watermarkMs: newestMs };
      const evaluation = evaluateWatermarks(rules, [source], state, clock(), evaluateOptions);
      state = evaluation.state;
      transitions.push(...evaluation.transitions);
    }
    await this.#tell(state, transitions);
    onTransitions(transitions);
  }

  /** Ends of closed windows that are still to be judged. */
  #endsUntil(watermarkMs: number): readonly number[] {
    const { rules } = this.#options;
    const stepMs = rules.map(({ intervalMs }) => intervalMs).reduce(greatestCommonDivisor, 0);
    if (stepMs === 0 || !Number.isFinite(watermarkMs)) return [];
    const lastMs = Math.floor(watermarkMs / stepMs) * stepMs;
    const { windowEndMs } = this.#store.state;
    const afterMs = windowEndMs === null ? lastMs - stepMs : Math.max(windowEndMs, lastMs - catchUpMaxMs);
    const ends: number[] = [];
    for (let endMs = (Math.floor(afterMs / stepMs) + 1) * stepMs; endMs <= lastMs; endMs += stepMs) ends.push(endMs);
    return ends;
  }

  async #tell(judged: AlertState, transitions: readonly AlertTransition[]): Promise<void> {
    const { notices, clock, folder, attempts } = this.#options;
    const { route = noRoute, inhibitRules = [] } = notices ?? {};
    const silences = await readSilences(folder, clock());
    const settings = { route, inhibitRules, silences, isReplay: route === noRoute };
    const decided = decideNotices(judged, settings, clock());
    attempts.keepOnly((place) => place in decided.state.groups || (notices?.alertmanagers.includes(place) ?? false));
    const isNew = JSON.stringify(decided.state) !== JSON.stringify(this.#store.state);
    if (isNew || transitions.length > 0) await this.#store.save(decided.state, transitions);
    await this.#feed.post(judged, transitions);
    const sent = await Promise.all(decided.notices.map((notice) => this.#send(notice)));
    const keys = sent.flatMap((key) => key ?? []);
    if (keys.length === 0) return;
    await this.#store.save(keys.reduce((state, key) => noteSent(state, key, clock()), decided.state));
  }

  /** @returns its key; undefined where it was not taken, and comes again in the next round */
  async #send(notice: Notice): Promise<string | undefined> {
    const { notices, clock, externalUrl, attempts, onUndelivered } = this.#options;
    try {
      await sendNotice(notices?.receivers.get(notice.receiver) ?? {}, notice, {
        externalUrl: externalUrl(),
        generatorUrl: () => `${externalUrl()}/alerts`,
      });
      attempts.taken(notice.groupKey, notice.receiver, clock());
      return notice.key;
    } catch (error) {
      attempts.failed(notice.groupKey, error, clock());
      onUndelivered(error);
      return undefined;
    }
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
