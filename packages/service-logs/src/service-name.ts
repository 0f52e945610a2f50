import { startOf } from "./formats/flatten.ts";
import type { LogEntry } from "./log-entry.ts";
import { logLimits } from "./log-limits.ts";

/** Service of entries whose own has a name that cannot be one, or no room. */
const otherServices = "other_services";

/**
 * Whether entries may be told apart by it: a service is a folder of table `logs`, whose writer escapes what a path
 * gives a meaning to (`/`, `..`), and people read it as one line.
 */
export function isServiceName(name: string): boolean {
  if (name === "" || name.length > logLimits.serviceNamePathLengthMax || /[\p{Cc}\p{Surrogate}]/u.test(name)) {
    return false;
  }
  // Three for each byte of what is escaped; `encodeURIComponent` leaves these alone.
  return encodeURIComponent(name).replace(/['()*!.]/g, "%00").length <= logLimits.serviceNamePathLengthMax;
}

/** The entry as one of `other_services`, with the name of its own in attribute `service.name`, cut where it is long. */
export function asOtherServices<Entry extends Pick<LogEntry, "service" | "attributes">>(entry: Entry): Entry {
  const name = startOf(entry.service, logLimits.attributeNameLengthMax).replace(/\p{Surrogate}/gu, "\ufffd");
  return { ...entry, service: otherServices, attributes: { ...entry.attributes, "service.name": name } };
}
