import { waitFor } from "@footfall/testkit";
import type { OutsideLake } from "../../scripts/outside-lake.ts";
import type { LoadLedger } from "./click-load.ts";

const derivedTables = ["item_windows", "sessions"] as const;
/** The shop whose clicks lie in the past: the sessions of one that clicks now are open for half an hour yet. */
const settledTenant = "demo";

/** What was sent, held against what a stranger finds in the lake. */
export interface Account {
  readonly sent: number;
  readonly accepted: number;
  readonly inLake: number;
  readonly lost: readonly string[];
  /** Rows beyond the first of an id. */
  readonly doubled: number;
}

/**
 * Waits until all acknowledged events are in the lake, and both derived tables of the shop whose clicks lie in the past
 * are what `events` makes of them.
 */
export async function waitUntilSettled(lake: OutsideLake, ledger: LoadLedger): Promise<void> {
  await waitFor(
    async () => {
      const ids = new Set(await lake.eventIds());
      if (missingOf(ledger.acknowledged, ids).length > 0) return false;
      for (const table of derivedTables) {
        const { missing, surplus } = await lake.compare(table, settledTenant);
        if (missing + surplus > 0) return false;
      }
      return true;
    },
    { deadlineMs: 120_000, intervalMs: 500, what: "all acknowledged events and their windows in the lake" },
  ).catch(async (cause: unknown) => {
    const lost = missingOf(ledger.acknowledged, new Set(await lake.eventIds()));
    const found: Record<string, unknown> = { lost: lost.length, some: lost.slice(0, 5) };
    for (const table of derivedTables) {
      found[table] = {
        ...(await lake.compare(table, settledTenant)),
        rows: await lake.missingRows(table, settledTenant),
      };
    }
    const plain = (_key: string, value: unknown) => (typeof value === "bigint" ? Number(value) : value);
    throw new Error(`The lake does not settle: ${JSON.stringify(found, plain)}`, { cause });
  });
}

/** @param others  ids that other loads have sent */
export async function accountOf(
  lake: OutsideLake,
  ledger: LoadLedger,
  others: ReadonlySet<string> = new Set(),
): Promise<Account> {
  const rows = (await lake.eventIds()).filter((id) => !others.has(id));
  const distinct = new Set(rows);
  return {
    sent: ledger.sent.size,
    accepted: ledger.acknowledged.size,
    inLake: distinct.size,
    lost: missingOf(ledger.acknowledged, distinct),
    doubled: rows.length - distinct.size,
  };
}

export function missingOf(expected: ReadonlySet<string>, actual: ReadonlySet<string>): string[] {
  return [...expected].filter((id) => !actual.has(id));
}
