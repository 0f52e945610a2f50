import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare, comparePartitions, orderEvent, orderEvents, startMs, windowMs } from "./reconcile-fixture.ts";

const numRuns = Number(process.env["FC_RUNS"] ?? 15);
type Event = Record<string, unknown>;
const iso = (index: number, offsetMs = 0) => new Date(startMs + index * 1_000 + offsetMs).toISOString();
const without = (event: Event, name: string): Event => {
  const { [name]: _, ...rest } = event;
  return rest;
};

/** The twelve kinds of difference: what each does to the right side's record, and what must be said of it. */
const kinds: Record<string, { readonly seed: (event: Event, index: number) => Event[]; readonly found: string }> = {
  missing: { seed: () => [], found: "only left" },
  extra: {
    seed: (event, index) => [event, orderEvent(index, { eventId: `x-${index}`, orderId: `x-${index}` })],
    found: "only right",
  },
  duplicate: { seed: (event) => [event, event], found: "doubled" },
  late: {
    seed: (event, index) => [{ ...event, occurredAt: iso(index, windowMs + 1) }],
    found: "different /occurredAt value",
  },
  "field absent": { seed: (event) => [without(event, "customer")], found: "different /customer removed" },
  "field added": { seed: (event) => [{ ...event, coupon: "x" }], found: "different /coupon added" },
  "null vs absent": { seed: (event) => [without(event, "note")], found: "different /note null-vs-absent" },
  type: { seed: (event) => [{ ...event, total: String(event["total"]) }], found: "different /total type" },
  rounding: {
    seed: (event) => [{ ...event, total: Math.round((event["total"] as number) * 10) / 10 }],
    found: "different /total rounding",
  },
  "zone or precision": {
    seed: (event, index) => [{ ...event, occurredAt: iso(index).replace(".000Z", "Z") }],
    found: "different /occurredAt time",
  },
  "list order": {
    seed: (event) => [{ ...event, items: (event["items"] as object[]).toReversed() }],
    found: "different /items order",
  },
  "wrong value": {
    seed: (event) => [{ ...event, customer: { name: "Bob", email: "ada@example.org" } }],
    found: "different /customer/name value",
  },
};

/** Kinds by the index of the record they befall. */
const plan = fc
  .uniqueArray(fc.tuple(fc.nat(199), fc.constantFrom(...Object.keys(kinds))), {
    selector: ([index]) => index,
    maxLength: 40,
  })
  .map((seeds) => new Map(seeds));
const shuffle = fc.infiniteStream(fc.integer({ min: 0, max: windowMs - 1 }));

function seeded(seeds: ReadonlyMap<number, string>): { left: Event[]; right: Event[]; expected: string[] } {
  const left = orderEvents(200);
  const right = left.flatMap((event, index) => kinds[seeds.get(index) ?? ""]?.seed(event, index) ?? [event]);
  const expected = [...seeds].map(([index, kind]) => `${kind === "extra" ? "x" : "o"}-${index} ${kinds[kind]!.found}`);
  return { left, right, expected: expected.sort() };
}

/** Records moved by less than the window. */
function disorder(events: readonly Event[], jitter: Iterator<number>): Event[] {
  const timed = events.map((event) => ({
    event,
    at: Date.parse(event["occurredAt"] as string) + (jitter.next().value as number),
  }));
  return timed.sort((a, b) => a.at - b.at).map(({ event }) => event);
}

const summary = (compared: ReturnType<typeof compare>) =>
  compared.mismatches
    .map(({ outcome, key, differences }) =>
      [key, outcome, ...differences.flatMap(({ field, kind }) => [field, kind])].join(" "),
    )
    .sort();
/** All that a verdict says but what the run held meanwhile. */
const verdict = ({ report }: ReturnType<typeof compare>) => {
  const { kinds: found, fields, rulesUsed, unparsableReasons, ...counts } = report.tally;
  const lists = [found, fields, rulesUsed, unparsableReasons].map((map) =>
    [...map.entries()].map((entry) => JSON.stringify(entry)).sort(),
  );
  const { verdict: said, exitCode, reasons, bounds, eventTypes } = report;
  return { counts, lists, said, exitCode, reasons, bounds, eventTypes };
};

describe("seeded differences", () => {
  it("are all found, each as what it is, and none is invented", () => {
    fc.assert(
      fc.property(plan, (seeds) => {
        const { left, right, expected } = seeded(seeds);
        const compared = compare(left, right);
        expect(summary(compared)).toEqual(expected);
        expect(compared.report.exitCode).toBe(expected.length > 0 ? 1 : 0);
        expect(compared.report.tally.differing).toBe(expected.length);
        const lates = [...seeds.values()].filter((kind) => kind === "late").length;
        expect(compared.report.tally.late).toBe(lates);
      }),
      { numRuns },
    );
  });

  it("are the same in any order within the window and over any partitions", () => {
    fc.assert(
      fc.property(plan, shuffle, fc.integer({ min: 1, max: 4 }), (seeds, jitter, partitions) => {
        const { left, right } = seeded(seeds);
        const inOrder = compare(left, right);
        const moves = jitter[Symbol.iterator]();
        expect(verdict(compare(disorder(left, moves), disorder(right, moves)))).toEqual(verdict(inOrder));
        const split = (events: readonly Event[]) =>
          Array.from({ length: partitions }, (_, partition) =>
            events.filter((event) => String(event["orderId"]).length % partitions === partition),
          );
        expect(verdict(comparePartitions(split(left), split(disorder(right, moves))))).toEqual(verdict(inOrder));
      }),
      { numRuns },
    );
  });

  it("are none between a side and itself, whatever order it is read in", () => {
    fc.assert(
      fc.property(shuffle, (jitter) => {
        const events = orderEvents(200);
        const { report, mismatches } = compare(events, disorder(events, jitter[Symbol.iterator]()));
        expect(mismatches).toEqual([]);
        expect(report).toMatchObject({
          verdict: "equal",
          exitCode: 0,
          bounds: { method: "rule of three", upper: 3 / 200 },
        });
        expect(report.tally.raw).toEqual({ equal: 200, different: 0 });
        expect(report.eventTypes.flatMap(({ schema }) => schema)).toEqual([]);
      }),
      { numRuns },
    );
  });

  it("are equal by rule where rules excuse them, which is told from equal", () => {
    const { left, right } = seeded(
      new Map([
        [1, "null vs absent"],
        [2, "type"],
        [3, "rounding"],
        [4, "zone or precision"],
        [5, "list order"],
        [6, "field added"],
        [7, "late"],
        [8, "duplicate"],
      ]),
    );
    const { report, mismatches } = compare(left, right, {
      file: {
        allow: ["late", "doubled"],
        rules: [
          { path: "/note", normalise: ["null"] },
          { path: "/total", normalise: ["number"], tolerance: { abs: 0.06 } },
          { path: "/occurredAt", normalise: ["time"], tolerance: { abs: 3 * windowMs } },
          { path: "/items", unordered: { by: "/sku" } },
          { path: "/coupon", ignore: true },
        ],
      },
    });
    expect(mismatches).toEqual([]);
    expect(report.exitCode).toBe(0);
    expect(report.tally).toMatchObject({
      raw: { equal: 193, different: 7 },
      afterRules: { equal: 193, equalByRule: 7, different: 0 },
      late: 1,
      doubled: 1,
    });
    expect(report.rulesUnused).toEqual([]);
    expect(report.eventTypes.flatMap(({ schema }) => schema)).toEqual([]);
  });
});
