import type { ClickEvent } from "@footfall/events";
import { memoryStore } from "../key-value-store.ts";
import { eventsUrl, refusalLine } from "../collector-api.ts";
import { assembleTracker, type Tracker } from "../tracker.ts";
import type { TrackerOptions } from "../tracker-options.ts";
import { browserTabLocks } from "./browser-tab-locks.ts";
import { trackDataAttributes } from "./data-attributes.ts";
import { fetchTransport } from "./fetch-transport.ts";
import { trackPageViews } from "./page-views.ts";
import { cookieStore, webStore } from "./web-store.ts";

/** Fired on `document` after each answer of the collector; `detail` is `{receipts, names}`, one each per event. */
export const sentEventName = "footfall:sent";

/** Starts a tracker for this page. One a page and write key: a second one would count the views twice. */
export function createTracker(options: TrackerOptions): Tracker {
  const isForbidden =
    options.privacySignals !== "ignore" &&
    ((navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true || navigator.doNotTrack === "1");
  const store =
    options.storage === "memory"
      ? memoryStore()
      : webStore(() => (options.storage === "session" ? sessionStorage : localStorage));
  const url = eventsUrl(options.endpoint);
  const tracker = assembleTracker(
    { key: options.key, consent: isForbidden ? "forbidden" : (options.consent ?? "granted") },
    {
      store,
      visitorStore: options.visitorIn === "cookie" ? cookieStore() : store,
      locks: browserTabLocks(store),
      transport: fetchTransport(url),
      clock: () => Date.now(),
      random: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
      schedule(run, delayMs) {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
      onReceipts(receipts, batch) {
        const names = batch.map(({ json }) => (JSON.parse(json) as ClickEvent).name);
        document.dispatchEvent(new CustomEvent(sentEventName, { detail: { receipts, names } }));
      },
      onRefused: (answer) => console.warn(refusalLine(url, answer)),
    },
  );
  if (isForbidden) return tracker;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") tracker.leave();
    else tracker.resume();
  });
  addEventListener("pagehide", () => tracker.suspend());
  addEventListener("pageshow", () => tracker.resume());
  addEventListener("online", () => tracker.resume());
  trackDataAttributes(tracker, options.currency);
  if (options.pageViews !== false) trackPageViews(tracker);
  return tracker;
}
