import { dateOf } from "@footfall/base";
import { alertTransitionsTable, type Lake, quoteText } from "@footfall/lake";
import type { AlertRule } from "@footfall/metrics/alerts";
import { readAlerts } from "./read-alerts.ts";
import { relatedViews } from "./related-views.ts";

export interface HistoryQuestion {
  /** Incidents that lie in this range, or reach into it. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Only alerts of this name. */
  readonly alertname?: string;
}

interface Episode {
  readonly fingerprint: string;
  readonly episode: string;
  readonly rule: string;
  readonly labels: string;
  readonly annotations: string;
  readonly value: number | null;
  readonly beganMs: number;
  readonly pendingMs: number | null;
  readonly firedMs: number | null;
  readonly endedMs: number | null;
  readonly reason: string | null;
}

const incidentsMax = 500;
/** An incident that began longer before a range is not looked for. */
const lookBackMs = 90 * 86_400_000;

/**
 * Lives of alerts, the newest first, from table `alert_transitions`. `state`: "resolved"; "inactive" where it ended
 * while pending; "pending" or "firing" where it goes on; "unknown" where neither its end nor the alert is known.
 */
export async function alertHistory(
  source: { readonly lake: Lake; readonly folder: string; readonly rules: readonly AlertRule[] },
  { fromMs, toMs, alertname }: HistoryQuestion,
) {
  const { lake, folder, rules } = source;
  if (!(await lake.tableNames()).includes(alertTransitionsTable.name)) return { incidents: [], isComplete: true };
  const isNamed = alertname === undefined ? "" : `AND (labels->>'alertname') = ${quoteText(alertname)}`;
  const found = await lake.query<Episode>(`
SELECT * FROM (
  SELECT fingerprint, episode, any_value(rule) AS rule, arg_max(labels, changed_ms) AS labels,
    arg_max(annotations, changed_ms) AS annotations, arg_max(value, changed_ms) AS value, any_value(reason) AS reason,
    min(changed_ms) AS "beganMs",
    min(changed_ms) FILTER (to_state = 'pending') AS "pendingMs",
    min(changed_ms) FILTER (to_state = 'firing') AS "firedMs",
    max(changed_ms) FILTER (to_state IN ('resolved', 'inactive')) AS "endedMs"
  FROM (
    SELECT *, epoch_ms(changed_at) AS changed_ms FROM ${alertTransitionsTable.name}
    WHERE date >= ${quoteText(dateOf(Math.max(0, fromMs - lookBackMs)))}::DATE ${isNamed}
  ) GROUP BY fingerprint, episode
)
WHERE "beganMs" < ${toMs} AND coalesce("endedMs", ${toMs}) >= ${fromMs}
ORDER BY "beganMs" DESC, episode LIMIT ${incidentsMax + 1}`);
  const { alerts } = await readAlerts(folder, 0);
  const going = new Map(alerts.map(({ episode, state }) => [episode, state]));
  const incidents = found.slice(0, incidentsMax).map((episode) => {
    const { beganMs, pendingMs, firedMs, endedMs, value, reason } = episode;
    const labels = JSON.parse(episode.labels) as Record<string, string>;
    const annotations = JSON.parse(episode.annotations) as Record<string, string>;
    const endState = firedMs === null ? "inactive" : "resolved";
    return {
      fingerprint: episode.fingerprint,
      episode: episode.episode,
      labels,
      annotations,
      ...(value !== null && { value }),
      ...(pendingMs !== null && { pendingMs }),
      ...(firedMs !== null && { firedMs }),
      ...(endedMs !== null && { endedMs }),
      ...(reason !== null && { reason }),
      state: endedMs === null ? (going.get(episode.episode) ?? "unknown") : endState,
      related: relatedViews(rules, {
        rule: episode.rule,
        labels,
        annotations,
        beganMs,
        ...(endedMs !== null && { endedMs }),
      }),
    };
  });
  return { incidents, isComplete: found.length <= incidentsMax };
}
