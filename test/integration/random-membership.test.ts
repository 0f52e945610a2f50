import { describe, it } from "vitest";
import { openEmbeddedMembers } from "../members/embedded-members.ts";
import { runRandomMembership } from "../members/random-membership.ts";
import { membershipSeeds } from "../members/seeds.ts";

// Most of their time they wait for sessions to end.
describe.concurrent("aggregators that join, leave, die and pause lose and double nothing", () => {
  it.each(membershipSeeds(5))("seed %i", { timeout: 300_000 }, async (seed) => {
    const members = await openEmbeddedMembers(4 + (seed % 3));
    try {
      await runRandomMembership(members, seed);
    } finally {
      await members.close();
    }
  });
});
