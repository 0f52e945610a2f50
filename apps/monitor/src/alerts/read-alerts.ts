import { type AlertState, noAlerts } from "@footfall/metrics/alerts";
import { alertsPath } from "./alert-store.ts";
import { readJson } from "./durable-json.ts";
import { readSilences } from "./silences.ts";

/** Alerts that are pending or fire, groups of notices by their key, and silences, as the monitor has stored them. */
export async function readAlerts(folder: string, nowMs: number) {
  const stored = (await readJson(alertsPath(folder))) as { readonly state: AlertState } | undefined;
  const { alerts, groups, windowEndMs } = stored?.state ?? noAlerts;
  const active = Object.entries(alerts).filter(([, { state }]) => state !== "calm");
  return {
    alerts: active.map(([fingerprint, alert]) => ({ fingerprint, ...alert })),
    groups,
    silences: await readSilences(folder, nowMs),
    windowEndMs,
  };
}
