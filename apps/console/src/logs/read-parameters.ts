import { AppError } from "@footfall/base";
import type { EntryPlace, LogCriteria } from "@footfall/log-index";
import { type LogQuery, parseQuery } from "@footfall/service-logs";
import type { Request } from "express";
import { readTailPosition, type TailPosition } from "./tail-position.ts";

const timeMax = 253_402_300_799_999;

/** A parameter of the address, given at most once. */
export function textParameter(request: Request, name: string): string | undefined {
  const value = request.query[name];
  if (value === undefined || typeof value === "string") return value;
  throw invalid(name, "stands there more than once");
}

export function integerParameter(request: Request, name: string, max: number): number | undefined {
  const text = textParameter(request, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value <= max) return value;
  throw invalid(name, `must be a whole number from 0 to ${max}`);
}

export function required<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw invalid(name, "is missing");
  return value;
}

/** @throws `REQUEST_INVALID`, with position and hint in the context where the query cannot be read */
export function queryParameter(request: Request): LogQuery {
  const parsed = parseQuery(textParameter(request, "q") ?? "");
  if (parsed.ok) return parsed.query;
  const { problem, position, hint } = parsed;
  throw new AppError("REQUEST_INVALID", problem, { context: { field: "q", position, hint } });
}

export function criteriaParameters(request: Request): LogCriteria {
  const fromMs = integerParameter(request, "from", timeMax);
  const toMs = integerParameter(request, "to", timeMax);
  return {
    query: queryParameter(request),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  };
}

/** The place of an entry in its id; see `ShownEntry`. */
export function placeParameter(request: Request): EntryPlace {
  const [, partition, offset, occurredAtMs] =
    /^(\d{1,9})-(\d{1,19})-(\d{1,15})$/.exec(textParameter(request, "id") ?? "") ?? [];
  if (offset === undefined) throw invalid("id", "must be partition-offset-time, as in the answer of a search");
  return { partition: Number(partition), offset: BigInt(offset), occurredAtMs: Number(occurredAtMs) };
}

/**
 * Where a live tail goes on: what its events had as their id, as `Last-Event-ID` by a browser that connects again, else
 * as parameter `after`. Undefined: from now on.
 */
export function positionParameter(request: Request): TailPosition | undefined {
  const sent = request.get("Last-Event-ID");
  const text = sent || textParameter(request, "after");
  if (text === undefined || text === "") return undefined;
  const position = readTailPosition(text);
  if (position) return position;
  throw invalid(sent ? "Last-Event-ID" : "after", "must be the id of an event of the live tail, as 0:12,1:7");
}

function invalid(field: string, problem: string): AppError {
  return new AppError("REQUEST_INVALID", `Parameter ${field} ${problem}.`, { context: { field } });
}
