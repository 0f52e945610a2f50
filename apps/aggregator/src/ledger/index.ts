export type { LedgerRow } from "./measure-ledger.ts";
export { measureTenants, type RecordAccount } from "./measure-tenants.ts";
