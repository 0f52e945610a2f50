import { AppError } from "@footfall/base";
import type { LogCriteria } from "@footfall/log-index";
import { levelNameOf, type LogEntry, type LogQuery, parseQuery } from "@footfall/service-logs";

export interface LogCondition {
  readonly from?: number;
  readonly to?: number;
  readonly service?: string;
  /** Or worse. */
  readonly level?: string;
}

/** What a search means. @throws AppError REQUEST_INVALID that points to the fault in the query */
export function searchCriteria(text: string, { from, to, service, level }: LogCondition): LogCriteria {
  const parts = [
    text,
    ...(service === undefined ? [] : [`service:"${service.replaceAll(/["\\]/g, "\\$&")}"`]),
    ...(level === undefined ? [] : [`level:>=${level}`]),
  ];
  return {
    query: { kind: "and", parts: parts.map(queryOf) },
    ...(from !== undefined && { fromMs: from }),
    ...(to !== undefined && { toMs: to }),
  };
}

function queryOf(text: string): LogQuery {
  const parsed = parseQuery(text);
  if (parsed.ok) return parsed.query;
  const { problem, position, hint } = parsed;
  throw new AppError("REQUEST_INVALID", `${problem} (${hint}):\n  ${text}\n  ${" ".repeat(position)}^`);
}

/** An entry for people: time, level, service and instance, then the body; its further lines stand below, indented. */
export function textLines({ occurredAtMs, severityNumber, severityText, service, instance, body }: LogEntry): string {
  const level = (severityText ?? levelNameOf(severityNumber) ?? "-").toUpperCase();
  const head = `${new Date(occurredAtMs).toISOString()} ${level.padEnd(5)} ${service}/${instance}`;
  return `${head} ${body.replaceAll("\n", "\n  ")}`;
}
