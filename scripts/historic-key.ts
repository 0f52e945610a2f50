import { readStoredWriteKeys } from "@footfall/runtime";

/** `--key` where none is given: the shop's key for old events, of the storage folder or else of the demo. */
export async function historicKey(storageDir: string, tenant = "demo"): Promise<string> {
  const keys = [...((await readStoredWriteKeys(storageDir)) ?? new Map()).values()];
  return keys.find((key) => key.isHistoric && key.tenant === tenant)?.key ?? "demo-historic";
}
