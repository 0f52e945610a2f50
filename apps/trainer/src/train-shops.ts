import { existsSync } from "node:fs";
import { AppError, type Clock } from "@footfall/base";
import { type Lake, openLake } from "@footfall/lake";
import { train, type TrainingReport } from "./train.ts";

/** What became of one shop. */
export type ShopTraining =
  { readonly tenant: string; readonly report: TrainingReport } | { readonly tenant: string; readonly error: unknown };

export interface ShopsTrainingOptions {
  /** `<storage>/tables`. */
  readonly tables: string;
  /** `<storage>/models`. */
  readonly models: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Shops that have sessions in the lake, by name. */
export async function trainableTenants(lake: Lake): Promise<string[]> {
  if (!(await lake.tableNames()).includes("sessions")) return [];
  const rows = await lake.query<{ tenant: string }>("select distinct tenant from sessions order by tenant");
  return rows.map(({ tenant }) => tenant);
}

/**
 * Learns every shop's model anew, one after the other; one that fails keeps no other from it. The lake is open only
 * meanwhile: between two nights it would hold memory for nothing.
 * @returns  each shop's result, until the signal
 * @throws AppError MODEL_NO_DATA  there is no lake, or no shop in it; LAKE_*
 */
export async function trainShops(options: ShopsTrainingOptions): Promise<readonly ShopTraining[]> {
  const { tables, models, clock, signal } = options;
  const noData = (): AppError =>
    new AppError("MODEL_NO_DATA", `The lake in ${tables} has no sessions yet. Send or import events.`);
  if (!existsSync(tables)) throw noData();
  const lake = await openLake({ root: tables, clock });
  try {
    const tenants = await trainableTenants(lake);
    if (tenants.length === 0) throw noData();
    const results: ShopTraining[] = [];
    for (const tenant of tenants) {
      if (signal.aborted) break;
      try {
        results.push({ tenant, report: await train({ lake, models, tenant, clock, signal }) });
      } catch (error) {
        if (!signal.aborted) results.push({ tenant, error });
      }
    }
    return results;
  } finally {
    await lake.close();
  }
}
