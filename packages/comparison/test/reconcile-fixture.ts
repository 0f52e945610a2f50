import {
  type Mismatch,
  parseRules,
  Reconciliation,
  type ReconciliationOptions,
  type ReconciliationReport,
  type Side,
} from "../src/index.ts";
import type { ComparisonRules } from "../src/rules/parse-rules.ts";

export const startMs = Date.parse("2026-11-29T10:00:00Z");
export const windowMs = 60_000;

export function rulesOf(file: object = {}): ComparisonRules {
  const parsed = parseRules({ key: "/orderId", ...file });
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.rules;
}

export interface Compared {
  readonly report: ReconciliationReport;
  readonly mismatches: readonly Mismatch[];
}

export type Options = Partial<ReconciliationOptions> & { readonly file?: object };

/** Compares records given as objects or as text, each side as one source or, as a list of lists, as several. */
export function compare(left: readonly unknown[], right: readonly unknown[], options: Options = {}): Compared {
  return comparePartitions([left], [right], options);
}

export function comparePartitions(
  left: readonly (readonly unknown[])[],
  right: readonly (readonly unknown[])[],
  { file = {}, ...options }: Options = {},
): Compared {
  const mismatches: Mismatch[] = [];
  const reconciliation = new Reconciliation(
    {
      rules: rulesOf(file),
      windowMs,
      lateMs: 2 * windowMs,
      stallMs: 10 * windowMs,
      heldBytesMax: 64 * 1024 * 1024,
      sample: 1,
      isComplete: true,
      timeMaxMs: startMs + 365 * 86_400_000,
      differenceRateMax: 0,
      pairsMin: 1,
      ...options,
    },
    (mismatch) => mismatches.push(mismatch),
  );
  const sources = new Map<string, Iterator<unknown[]>>();
  const open = (side: Side, partitions: readonly (readonly unknown[])[]) => {
    for (const [partition, records] of partitions.entries()) {
      reconciliation.openSource(side, String(partition));
      sources.set(`${side}${partition}`, chunks(records, 7));
    }
  };
  open("left", left);
  open("right", right);
  let line = 0;
  for (let next = reconciliation.nextSource(); next; next = reconciliation.nextSource()) {
    const { side, source } = next;
    const { done, value } = sources.get(`${side}${source}`)!.next();
    if (done) {
      reconciliation.endSource(side, source);
      continue;
    }
    for (const record of value) {
      const text = typeof record === "string" || record === null ? record : JSON.stringify(record);
      reconciliation.add(side, source, { text, place: `${source}:${(line += 1)}` });
    }
    reconciliation.advance();
  }
  return { report: reconciliation.report(), mismatches };
}

/** An order's event, a second after the one before it. */
export function orderEvent(index: number, fields: object = {}): Record<string, unknown> {
  return {
    eventId: `e-${index}`,
    eventType: "order_placed",
    orderId: `o-${index}`,
    occurredAt: new Date(startMs + index * 1_000).toISOString(),
    total: 19.95 + index,
    note: null,
    customer: { name: "Ada", email: "ada@example.org" },
    items: [
      { sku: "a", quantity: 1 },
      { sku: "b", quantity: 2 },
    ],
    ...fields,
  };
}

export function orderEvents(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) => orderEvent(index));
}

function* chunks(records: readonly unknown[], size: number): Generator<unknown[]> {
  for (let start = 0; start < records.length; start += size) yield records.slice(start, start + size);
}
