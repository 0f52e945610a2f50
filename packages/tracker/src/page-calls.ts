import type { Tracker } from "./tracker.ts";
import type { TrackerOptions } from "./tracker-options.ts";

/** `footfall("track", …)` as its arguments. */
export type Call = ArrayLike<unknown>;
/** What a shop says about its tracker, in whichever way: a key may be a number, a flag a word of an attribute. */
export type Settings = Partial<
  Omit<TrackerOptions, "key" | "pageViews"> & { key: string | number; pageViews: boolean | string }
>;

/** Calls kept while there is no key; later ones are dropped. */
export const waitingCallsMax = 50;

/** The tracker's method for a command; `config` and `ready` are the page's own. */
const methods: Record<string, keyof Tracker> = {
  track: "track",
  consent: "setConsent",
  identify: "identify",
  flush: "flush",
};

export interface PageCallsOptions {
  /** Data attributes, then the page's global: of what both name, the later counts. */
  readonly settings: readonly (Settings | undefined)[];
  /** Calls made before the script came. A `config` among them counts before any start. */
  readonly earlier: readonly Call[];
  readonly start: (options: TrackerOptions) => Tracker;
  readonly warn: (line: string) => void;
  /** Told what a call threw: a fault of the tracker must not stop the shop's own code. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Starts the tracker as soon as there is a key, and does what the page calls for; calls made before that wait.
 * @returns what `footfall(…)` is from now on
 */
export function servePageCalls(options: PageCallsOptions): (...call: unknown[]) => void {
  const { earlier, onFault } = options;
  const settings: Settings = {};
  const waiting: Call[] = [];
  let tracker: Tracker | undefined;

  function configure(given: Settings | undefined): void {
    for (const [name, value] of Object.entries(given ?? {})) {
      if (value !== undefined && value !== null) Object.assign(settings, { [name]: value });
    }
  }

  function startWithKey(): void {
    const { key, endpoint = "", pageViews } = settings;
    if (tracker || !key) return;
    tracker = options.start({
      ...settings,
      key: String(key),
      endpoint,
      pageViews: !/^(off|false)$/.test(String(pageViews)),
    });
    waiting.forEach(run);
  }

  function run(call: Call): void {
    const [command, ...args] = Array.from(call) as [string, ...unknown[]];
    const [first] = args;
    try {
      if (command === "config") {
        configure(first as Settings);
        startWithKey();
      } else if (!tracker) {
        if (waiting.length < waitingCallsMax) waiting.push(call);
      } else if (command === "ready") (first as (tracker: Tracker) => void)(tracker);
      else (tracker[methods[command]!] as ((...args: unknown[]) => void) | undefined)?.(...args);
    } catch (error) {
      onFault(error);
    }
  }

  options.settings.forEach(configure);
  for (const call of earlier) if (call[0] === "config") configure(call[1] as Settings);
  startWithKey();
  if (!tracker) options.warn('footfall: no key, nothing is sent until footfall("config", { key, endpoint })');
  earlier.forEach(run);
  return (...call) => run(call);
}
