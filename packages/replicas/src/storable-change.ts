import type { ChangeEvent } from "@footfall/changes";
import { RefusedChangeError } from "./replica.ts";

const int64Max = 2n ** 63n - 1n;
const timeEndMs = Date.UTC(10_000, 0);

/**
 * Whether columns of 64-bit integers and instants can hold the change's position and times.
 * @param at  for the error: index of the change
 * @throws RefusedChangeError
 */
export function assertStorable({ position, changedAtMs, capturedAtMs }: ChangeEvent, at: number): void {
  const { lsn, index } = position;
  if (lsn < 0n || lsn > int64Max || !Number.isSafeInteger(index)) {
    throw new RefusedChangeError(at, `its position ${lsn}, ${index} is no integer of 64 bits`);
  }
  for (const [name, ms] of Object.entries({ source: changedAtMs, capture: capturedAtMs })) {
    if (!(ms >= 0 && ms < timeEndMs)) {
      throw new RefusedChangeError(at, `its time of ${name}, ${ms} ms, is outside the years 1970 to 9999`);
    }
  }
}
