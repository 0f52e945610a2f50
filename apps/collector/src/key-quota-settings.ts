import { type AppName, setting } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";
import { keyQuotaBounds } from "./key-quota.ts";

const perSecond = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });

/** The settings of `KeyQuotaBounds`, of every app that takes events. */
export function keyQuotaSettings(app: AppName) {
  const prefix = `FOOTFALL_${app.toUpperCase()}_KEY`;
  return {
    keyEventsPerSecondMax: setting({
      variable: `${prefix}_EVENTS_PER_SECOND_MAX`,
      schema: perSecond,
      default: keyQuotaBounds.keyEventsPerSecondMax,
      unit: "events/s",
      description:
        "What each key that pages may use can send, 30 s of it at once; past it the answer is 429. 0 for no bound. " +
        "A key's own `eventsPerSecondMax` in the file of keys counts instead, also for keys of servers.",
    }),
    keyBytesPerSecondMax: setting({
      variable: `${prefix}_BYTES_PER_SECOND_MAX`,
      schema: perSecond,
      default: keyQuotaBounds.keyBytesPerSecondMax,
      unit: "bytes/s",
      description: "The same of bodies, unpacked; a key's own is `bytesPerSecondMax`.",
    }),
    keyRejectedBytesPerSecondMax: setting({
      variable: `${prefix}_REJECTED_BYTES_PER_SECOND_MAX`,
      schema: perSecond,
      default: keyQuotaBounds.keyRejectedBytesPerSecondMax,
      unit: "bytes/s",
      description:
        "What is kept of each such key's refused events, 60 s of it at once; past it they are answered `rejected` and " +
        "counted, but not kept. 0 for no bound; a key's own is `rejectedBytesPerSecondMax`.",
    }),
  };
}
