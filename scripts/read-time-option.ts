import { InvalidArgumentError } from "commander";

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time as ISO text, or as a span before now: `15m`. In ms since the epoch. */
export function readTimeOption(text: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) return nowMs - Number(count) * unitMs[unit as keyof typeof unitMs];
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) throw new InvalidArgumentError("Not a time like 2026-11-29T10:00Z, nor one like 15m.");
  return parsed;
}
