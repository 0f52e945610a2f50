import type { ClickEvent } from "@footfall/events";
import { memoryStore } from "../key-value-store.ts";
import { assembleTracker, type Consent, type Tracker } from "../tracker.ts";
import { browserTabLocks } from "./browser-tab-locks.ts";
import { trackDataAttributes } from "./data-attributes.ts";
import { fetchTransport } from "./fetch-transport.ts";
import { trackPageViews } from "./page-views.ts";
import { cookieStore, webStore } from "./web-store.ts";

export interface TrackerOptions {
  /** Address of the collector without a path of the API, as `https://collect.shop.example`; "" is the page's own. */
  readonly endpoint: string;
  /** The shop's public write key. */
  readonly key: string;
  /** `required`: nothing is stored or sent until `setConsent`. Default `granted`. */
  readonly consent?: Consent | "required";
  /** `obey` (default): with Global Privacy Control or Do Not Track set, nothing is stored or sent. */
  readonly privacySignals?: "obey" | "ignore";
  /** Where unsent events and ids live. `session` and `memory` leave no trace on shared devices. Default `local`. */
  readonly storage?: "local" | "session" | "memory";
  /** Keeps the anonymous id in a first-party cookie instead, so that the shop's server knows it too. */
  readonly visitorIn?: "storage" | "cookie";
  /** Counts page views by itself. Default true. */
  readonly pageViews?: boolean;
  /** ISO 4217 code for events that data attributes send. */
  readonly currency?: string;
}

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
  const tracker = assembleTracker(
    { key: options.key, consent: isForbidden ? "forbidden" : (options.consent ?? "granted") },
    {
      store,
      visitorStore: options.visitorIn === "cookie" ? cookieStore() : store,
      locks: browserTabLocks(store),
      transport: fetchTransport(options.endpoint),
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
