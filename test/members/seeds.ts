/**
 * Seeds of random memberships: `MEMBERS_SEEDS` many from `MEMBERS_SEED` on. A failure names its seed; one seed alone is
 * run again by `MEMBERS_SEED=17 MEMBERS_SEEDS=1`.
 */
export function membershipSeeds(countDefault: number): readonly number[] {
  const first = Number(process.env["MEMBERS_SEED"] ?? 1);
  const count = Number(process.env["MEMBERS_SEEDS"] ?? countDefault);
  return Array.from({ length: count }, (_, i) => first + i);
}
