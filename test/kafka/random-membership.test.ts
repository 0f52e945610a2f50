import { afterAll, beforeAll, describe, it } from "vitest";
import { type MembersKafka, startMembersKafka } from "../members/kafka-members.ts";
import { runRandomMembership } from "../members/random-membership.ts";
import { membershipSeeds } from "../members/seeds.ts";
import { canRunKafka } from "./kafka-or-skip.ts";

describe.skipIf(!canRunKafka())("aggregators on Kafka that join, leave, die and pause lose and double nothing", () => {
  let kafka: MembersKafka;
  beforeAll(async () => {
    kafka = await startMembersKafka();
  }, 180_000);
  afterAll(() => kafka?.stop());

  it.each(membershipSeeds(3))("seed %i", { timeout: 600_000 }, async (seed) => {
    const members = await kafka.open(4 + (seed % 3));
    try {
      await runRandomMembership(members, seed);
    } finally {
      await members.close();
    }
  });
});
