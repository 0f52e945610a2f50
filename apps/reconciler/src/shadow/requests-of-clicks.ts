import { decodeEnvelope, type EventEnvelope, topics } from "@footfall/events";
import type { EventLog } from "@footfall/log";
import { type ShadowRequest, shadowRequest } from "./shadow-request.ts";

export interface RequestsOfClicksOptions {
  readonly log: EventLog;
  readonly tenant: string;
  readonly key: string;
  readonly placement: string;
  /** Items asked for. */
  readonly limit: number;
  readonly requestsMax: number;
}

/** Newest records that are looked at, over all partitions together. */
const recordsMax = 500_000;
/** Events about one item that the visitor looked at; lists and searches are about many. */
const lookedAt: ReadonlySet<string> = new Set(["view_item", "select_item", "add_to_cart"]);

interface Visit {
  readonly seenAtMs: number;
  readonly itemId?: string;
}

/**
 * What the visitors in the clicks topic would ask: each, those seen last first, for themselves and beside the item that
 * they looked at last. Bots are left out, and what is no event.
 * @throws AppError LOG_TOPIC_UNKNOWN, LOG_UNAVAILABLE
 */
export async function requestsOfClicks(options: RequestsOfClicksOptions): Promise<readonly ShadowRequest[]> {
  const { tenant, key, placement, limit, requestsMax } = options;
  const visitors = [...(await lastVisits(options.log, tenant))].sort(([, a], [, b]) => b.seenAtMs - a.seenAtMs);
  const requests: ShadowRequest[] = [];
  for (const [visitorId, { itemId }] of visitors) {
    const asked = { visitorId, placement, limit: String(limit) };
    for (const parameters of itemId === undefined ? [asked] : [{ ...asked, itemId }, asked]) {
      if (requests.length === requestsMax) return requests;
      requests.push(shadowRequest(`/recommendations?${new URLSearchParams(parameters).toString()}`, key));
    }
  }
  return requests;
}

async function lastVisits(log: EventLog, tenant: string): Promise<ReadonlyMap<string, Visit>> {
  const visits = new Map<string, Visit>();
  const topic = topics.clicks;
  const offsets = await log.offsets(topic);
  const each = BigInt(Math.ceil(recordsMax / offsets.length));
  for (const [partition, { startOffset, endOffset }] of offsets.entries()) {
    const first = endOffset - startOffset > each ? endOffset - each : startOffset;
    for await (const { records } of log.read({ topic, partition, startOffset: first, endOffset })) {
      for (const { value } of records) {
        const read = value === null ? undefined : decodeEnvelope(value.toString("utf8"));
        if (read?.ok && read.envelope.tenant === tenant && read.envelope.isBot !== true) observe(visits, read.envelope);
      }
    }
  }
  return visits;
}

function observe(visits: Map<string, Visit>, { visitorId, occurredAtMs, name, items }: EventEnvelope): void {
  const before = visits.get(visitorId);
  if (before && before.seenAtMs > occurredAtMs) return;
  const itemId = (lookedAt.has(name) ? items?.[0]?.item_id : undefined) ?? before?.itemId;
  visits.set(visitorId, { seenAtMs: occurredAtMs, ...(itemId !== undefined && { itemId }) });
}
