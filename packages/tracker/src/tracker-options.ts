import type { Consent } from "./tracker.ts";

export interface TrackerOptions {
  /** Address of the collector, as `https://collect.shop.example`; "" is the page's own. */
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
