/**
 * What `<script async src="https://collector/t.js" data-key="…"></script>` runs. Calls made before it arrived wait in
 * the stub's queue: window.footfall = window.footfall || function () { (footfall.q = footfall.q || []).push(arguments)
 * }
 *
 *   footfall("track", "view_item", { items: [{ item_id: "…" }] })    footfall("consent", "granted")
 *   footfall("identify", "customer-1")                               footfall("flush")
 *   footfall("ready", (tracker) => …)
 */
import type { Tracker } from "../tracker.ts";
import { createTracker, type TrackerOptions } from "./create-tracker.ts";

type Call = ArrayLike<unknown>;
type Stub = ((...call: unknown[]) => void) & { q?: Call[] };

const commands: Record<string, (tracker: Tracker, ...args: never[]) => unknown> = {
  track: (tracker, ...args: Parameters<Tracker["track"]>) => tracker.track(...args),
  consent: (tracker, ...args: Parameters<Tracker["setConsent"]>) => tracker.setConsent(...args),
  identify: (tracker, ...args: Parameters<Tracker["identify"]>) => tracker.identify(...args),
  flush: (tracker) => tracker.flush(),
  ready: (tracker, run: (tracker: Tracker) => void) => run(tracker),
};

/** Options from the script tag's data attributes; the collector is where the script came from. */
function optionsOf(script: HTMLScriptElement): TrackerOptions {
  const { key = "", endpoint, consent, privacySignals, storage, visitorIn, pageViews, currency } = script.dataset;
  const given = { consent, privacySignals, storage, visitorIn, currency };
  return {
    ...(given as Partial<TrackerOptions>),
    key,
    endpoint: endpoint ?? script.src.replace(/\/[^/]*$/, ""),
    pageViews: pageViews !== "off",
  };
}

function start(page: { footfall?: Stub }): void {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement)) return;
  const tracker = createTracker(optionsOf(script));
  const run = (call: Call) => {
    const [command, ...args] = Array.from(call) as [string, ...never[]];
    // A fault of the tracker, or of a call, must not stop the shop's own code.
    try {
      commands[command]?.(tracker, ...args);
    } catch (error) {
      setTimeout(() => {
        throw error;
      });
    }
  };
  const waiting = page.footfall?.q ?? [];
  page.footfall = (...call) => run(call);
  waiting.forEach(run);
}

start(window as { footfall?: Stub });
