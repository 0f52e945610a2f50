import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SenderPosition, SenderPositions } from "../src/sender-positions.ts";

const seed = Number(process.env["FC_SEED"] ?? Date.now() % 1_000_000);
const identity = (place: SenderPosition): string => `${place.sender}/${place.position}`;

describe("what senders send again", () => {
  it("is told wherever a sink begins anew with what it has stored", async () => {
    console.log(`seed ${seed}`);
    const sends = fc.array(
      fc.record({
        sender: fc.constantFrom("a", "b", "c"),
        /** How far a sender goes back before it sends on: it had not noted that these were sent. */
        back: fc.integer({ min: 0, max: 5 }),
        count: fc.integer({ min: 1, max: 6 }),
        isSinkRestarted: fc.boolean(),
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(sends, async (steps) => {
        const table = new Map<string, number[]>();
        const lookUp = async (senders: readonly string[]) =>
          new Map(senders.flatMap((sender) => (table.has(sender) ? [[sender, Math.max(...table.get(sender)!)]] : [])));
        let positions = new SenderPositions(lookUp);
        const ends = new Map<string, number>();
        for (const { sender, back, count, isSinkRestarted } of steps) {
          if (isSinkRestarted) positions = new SenderPositions(lookUp);
          const start = Math.max(0, (ends.get(sender) ?? 0) - back);
          const batch = Array.from({ length: count }, (_, at): SenderPosition => ({ sender, position: start + at }));
          ends.set(sender, Math.max(ends.get(sender) ?? 0, start + count));
          for (const { position } of await positions.withoutRepeats(batch, (place) => place))
            table.set(sender, [...(table.get(sender) ?? []), position]);
        }
        for (const [sender, end] of ends)
          expect(table.get(sender)).toEqual(Array.from({ length: end }, (_, position) => position));
      }),
      { seed },
    );
  });

  it("passes by what has no sender, and asks the table once for each", async () => {
    const asked: string[][] = [];
    const positions = new SenderPositions(async (senders) => {
      asked.push([...senders]);
      return new Map([["a", 1]]);
    });
    const entries = [
      undefined,
      { sender: "a", position: 1 },
      { sender: "a", position: 2 },
      { sender: "b", position: 0 },
    ];
    const fresh = await positions.withoutRepeats(entries, (place) => place);
    expect(fresh.map((place) => place && identity(place))).toEqual([undefined, "a/2", "b/0"]);
    expect(await positions.withoutRepeats(entries, (place) => place)).toEqual([undefined]);
    expect(asked).toEqual([["a", "b"]]);
  });
});
