// What users of comparison tools complained of, by the issue; each must not happen here.
import { describe, expect, it } from "vitest";
import { compare, orderEvent, orderEvents, startMs } from "./reconcile-fixture.ts";

const at = (offsetMs: number) => new Date(startMs + offsetMs).toISOString();

describe("complaints about comparison tools", () => {
  it("datafold/data-diff#379: equal numbers of another rendering are equal by rule, and that is told", () => {
    const texts = ["1.50", "15e-1", "1.5", "-0", "0.0", "9007199254740993.0"];
    const others = ["1.5", "1.5", "1.500", "0", "0", "9007199254740993"];
    const event = (value: string, index: number) => `{"orderId":"o${index}","time":"${at(index)}","total":${value}}`;
    const { report } = compare(texts.map(event), others.map(event));
    expect(report.tally.afterRules).toEqual({ equal: 0, equalByRule: 6, different: 0 });
    expect([...report.tally.rulesUsed.keys()]).toEqual(["numbers by value (1.0 = 1)"]);
    const strict = compare(texts.map(event), others.map(event), { file: { numbers: "text" } });
    expect([...strict.report.tally.kinds]).toEqual([["rendering", 6]]);
  });

  it("datafold/data-diff#649: a tolerance holds for its field alone, exactly up to its limit", () => {
    const file = { rules: [{ path: "/total", tolerance: { abs: 0.01 } }] };
    const pair = (left: string, right: string, field = "total") =>
      compare([`{"orderId":1,"time":1,"${field}":${left}}`], [`{"orderId":1,"time":1,"${field}":${right}}`], { file });
    // As doubles, 0.3 − 0.29 is above 0.01.
    expect(pair("0.3", "0.29").report.exitCode).toBe(0);
    expect(pair("0.3", "0.2899999999999999999").report.exitCode).toBe(1);
    expect(pair("0.3", "0.29", "tax").report.exitCode).toBe(1);
  });

  it("datafold/data-diff#883: decimals are not cut to integers, and big integers not to doubles", () => {
    const pair = (left: string, right: string) =>
      compare([`{"orderId":1,"time":1,"v":${left}}`], [`{"orderId":1,"time":1,"v":${right}}`]).mismatches[0];
    expect(pair("1.9", "1.1")?.outcome).toBe("different");
    expect(pair("9007199254740993", "9007199254740992")?.differences[0]).toEqual({
      pointer: "/v",
      field: "/v",
      kind: "value",
      left: "9007199254740993",
      right: "9007199254740992",
    });
    expect(pair("0.1000000000000000055", "0.1")?.outcome).toBe("different");
  });

  it("datafold/data-diff#136, #524: times of one moment are told as such, and are equal where a rule says so", () => {
    const rendered = [
      "2026-11-29T10:00:00Z",
      "2026-11-29T11:00:00+01:00",
      "2026-11-29 10:00:00.000",
      "2026-11-29T10:00:00.000400Z",
      1_795_946_400_000,
    ];
    const event = (paidAt: unknown, index: number) => ({ orderId: index, time: at(index), paidAt });
    const left = rendered.map((_, index) => event("2026-11-29T10:00:00.000Z", index));
    const right = rendered.map(event);
    const raw = compare(left, right);
    expect(raw.mismatches.map(({ differences }) => differences[0]!.kind)).toEqual([
      "time",
      "time",
      "time",
      "time",
      "type",
    ]);
    const ruled = compare(left, right, { file: { rules: [{ path: "/paidAt", normalise: ["time"] }] } });
    expect(ruled.report.tally.afterRules).toEqual({ equal: 0, equalByRule: 5, different: 0 });
    const moved = compare([event("2026-11-29T10:00:00Z", 0)], [event("2026-11-29T10:00:00+01:00", 0)], {
      file: { rules: [{ path: "/paidAt", normalise: ["time"] }] },
    });
    expect(moved.report.exitCode).toBe(1);
  });

  it("datafold/data-diff#550, vitessio/vitess#9715: keys that two systems write differently meet", () => {
    const event = (orderId: unknown, index: number) => ({ orderId, time: at(index), total: index });
    const left = [" Ab-1", "E\u0301-2", "3"].map(event);
    const right = ["ab-1 ", "\u00c9-2", 3].map(event);
    const none = compare(left.slice(0, 2), right.slice(0, 2));
    expect(none.report).toMatchObject({ exitCode: 2, verdict: "not enough", tally: { only: { left: 2, right: 2 } } });
    expect(none.report.reasons[0]).toContain("are both keys written alike?");
    const { report } = compare(left, right, {
      file: {
        normaliseKey: ["trim", "case", "unicode"],
        rules: [{ path: "/orderId", normalise: ["trim", "case", "unicode", "number"] }],
      },
    });
    expect(report).toMatchObject({ exitCode: 0, tally: { pairs: 3, only: { left: 0, right: 0 } } });
  });

  it("vitessio/vitess#7296: a large document is compared whole, and shown cut", () => {
    const long = "x".repeat(3_000_000);
    const event = (end: string) => ({ orderId: 1, time: at(0), text: long + end });
    expect(compare([event("a")], [event("a")]).report.exitCode).toBe(0);
    const [difference] = compare([event("a")], [event("b")]).mismatches[0]!.differences;
    expect(difference!.kind).toBe("value");
    expect(difference!.left!.length).toBeLessThan(300);
  });

  it("vitessio/vitess#12859: no key is alone on both sides, in whatever order each side comes", () => {
    const events = orderEvents(100);
    expect(compare(events, events.toReversed(), { windowMs: 100_000, lateMs: 200_000 }).mismatches).toEqual([]);
  });

  it("vitessio/vitess#20876: values that are alike as far as they are shown still differ", () => {
    const alike = "y".repeat(5_000);
    const { mismatches } = compare([orderEvent(0, { note: `${alike}1` })], [orderEvent(0, { note: `${alike}2` })]);
    expect(mismatches).toHaveLength(1);
  });

  it("twitter-archive/diffy#59: random ids make all differ, are named as the field, and fill no memory", () => {
    const left = Array.from({ length: 3_000 }, (_, index) => orderEvent(index, { eventId: `l${index}` }));
    const right = left.map((event, index) => ({ ...event, eventId: `r${index}` }));
    const { report } = compare(left, right);
    expect([...report.tally.fields.values()]).toEqual([
      { eventType: "order_placed", field: "/eventId", kind: "value", pairs: 3_000 },
    ]);
    // Window, late span and a bucket: some 200 of 3,000 s, on both sides.
    expect(report.heldBytesPeak).toBeLessThan(3_000 * 2 * 1_000 * 0.15);
    const ruled = compare(left, right, { file: { rules: [{ path: "/eventId", ignore: true }] } });
    expect(ruled.report).toMatchObject({ exitCode: 0, tally: { afterRules: { equal: 0, equalByRule: 3_000 } } });
  });

  it("github/scientist PR 8: what a rule ignores is not counted as equal", () => {
    const { report } = compare([orderEvent(0), orderEvent(1)], [orderEvent(0), orderEvent(1, { note: "x" })], {
      file: { rules: [{ path: "/note", ignore: true }] },
    });
    expect(report.tally.raw).toEqual({ equal: 1, different: 1 });
    expect(report.tally.afterRules).toEqual({ equal: 1, equalByRule: 1, different: 0 });
  });
});

describe("traps of comparing two streams", () => {
  it("a side that pauses leaves records undecided, not missing", () => {
    const events = orderEvents(4_000);
    const { report, mismatches } = compare(events, events.slice(0, 1_000), { isComplete: false });
    expect(mismatches).toEqual([]);
    expect(report).toMatchObject({
      exitCode: 2,
      stalled: "right",
      tally: { only: { left: 0 }, undecided: { left: 3_000 } },
    });
    expect(report.heldBytesPeak).toBeLessThan(1_000_000);
  });

  it("what a side that goes on lacks is missing, whether or not both are whole", () => {
    const events = orderEvents(1_000);
    const lacking = events.filter((_, index) => index !== 500);
    for (const isComplete of [true, false]) {
      const { report, mismatches } = compare(events, lacking, { isComplete });
      expect(mismatches.map(({ outcome, key }) => [outcome, key])).toEqual([["only left", "o-500"]]);
      expect(report.exitCode).toBe(1);
    }
  });

  it("a full memory judges fewer keys, on both sides alike, and never calls one missing", () => {
    const events = orderEvents(3_000);
    const { report, mismatches } = compare(events, events, { heldBytesMax: 100_000 });
    expect(mismatches).toEqual([]);
    expect(report.sample).toBeLessThan(1);
    expect(report.heldBytesPeak).toBeLessThanOrEqual(100_000);
    expect(report).toMatchObject({ exitCode: 2, verdict: "not enough" });
    expect(report.reasons.join()).toContain("memory was full");
  });

  it("the newest version is compared, not the last that came", () => {
    const version = (revision: number, total: number) => orderEvent(0, { eventId: `v${revision}`, revision, total });
    const left = [version(1, 1), version(2, 2), version(3, 3)];
    const right = [version(3, 3), version(1, 1)];
    const { report } = compare(left, right, { file: { version: "/revision" } });
    expect(report).toMatchObject({ exitCode: 0, tally: { pairs: 1, superseded: { left: 2, right: 1 } } });
  });

  it("of several events of one key the missing one is told, not those after it", () => {
    const events = [0, 5, 10, 15].map((second) => orderEvent(second, { orderId: "one", total: second }));
    const { mismatches } = compare(
      events,
      events.filter((_, index) => index !== 1),
    );
    expect(mismatches).toMatchObject([{ outcome: "only left", left: { timeMs: startMs + 5_000 } }]);
  });

  it("copies that both sides have alike are counted and are no difference", () => {
    const { report } = compare([orderEvent(0), orderEvent(0)], [orderEvent(0), orderEvent(0)]);
    expect(report).toMatchObject({ exitCode: 0, tally: { pairs: 1, doubled: 0, repeats: { left: 1, right: 1 } } });
  });

  it("a record that comes after its time was decided is late, and its partner no longer missing", () => {
    const events = orderEvents(1_000);
    const { report, mismatches } = compare(events, [...events.slice(1), events[0]!]);
    expect(mismatches.map(({ outcome }) => outcome)).toEqual(["only left", "late"]);
    expect(report.tally).toMatchObject({ late: 1, only: { left: 0, right: 0 }, differing: 1, decided: 1_000 });
  });

  it("a pair that straddles the border of the range is whole, and none outside is judged", () => {
    const left = [orderEvent(0), orderEvent(100), orderEvent(200)];
    const right = [orderEvent(0), orderEvent(100, { occurredAt: at(99_900) }), orderEvent(199)];
    const { report } = compare(left, right, {
      fromMs: startMs + 100_000,
      toMs: startMs + 150_000,
      file: { rules: [{ path: "/occurredAt", ignore: true }] },
    });
    expect(report).toMatchObject({ exitCode: 0, tally: { pairs: 1, decided: 1 } });
  });

  it("what cannot be read is told, with a reason, and the rest is compared", () => {
    const deep = `{"orderId":1,"time":1,"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`;
    const bad = ["{", "[1]", null, '{"time":1}', '{"orderId":1}', '{"orderId":1,"time":"2999-01-01"}', deep];
    const { report } = compare([...bad, orderEvent(0)], [orderEvent(0)]);
    expect(report).toMatchObject({ exitCode: 1, tally: { pairs: 1, unparsable: { left: 7, right: 0 } } });
    expect([...report.tally.unparsableReasons.keys()]).toEqual([
      "is not JSON",
      "is not a JSON object",
      "is a tombstone, without a value",
      "has no key at /orderId",
      "has no event time at /occurredAt or /occurredAtMs or /time",
      "has an event time in the future",
      "is nested too deeply",
    ]);
  });

  it("fields of documents that are too long or too many of a kind to know again are counted like all others", () => {
    const flags = Array.from({ length: 11 }, (_, bit) => bit);
    const flagged = (index: number) =>
      Object.fromEntries(flags.filter((bit) => (index >> bit) & 1).map((bit) => [`f${bit}`, 1]));
    const events = orderEvents(1_500).map((event, index) => ({ ...event, ...flagged(index) }));
    const long = orderEvent(2_000, { text: "x".repeat(10_000), total: 1 });
    const { report } = compare([...events, long], [...events, { ...long, text: null }]);
    const fields = new Map(report.eventTypes[0]!.fields.map((field) => [field.field, field]));
    expect(fields.get("/eventId")).toMatchObject({ left: 1_501, right: 1_501 });
    expect(fields.get("/items/*/sku")).toMatchObject({ left: 3_002, right: 3_002 });
    expect(fields.get("/f0")).toMatchObject({ left: 750, right: 750 });
    expect(report.tally.differing).toBe(1);
  });

  it("of two texts of one event the newer is compared, and neither is held when it is decided", () => {
    const again = (index: number, note: string) => orderEvent(index, { note });
    const left = [0, 1, 2].flatMap((index) => [again(index, "a"), again(index, "b"), again(index, "a")]);
    const right = [0, 1, 2].flatMap((index) => [again(index, "b"), again(index, "a"), again(index, "a")]);
    const { report } = compare(left, right);
    expect(report).toMatchObject({ exitCode: 0, tally: { pairs: 3, repeats: { left: 6, right: 6 } } });
  });

  it("schemas differ where fields do, by type and nullability, and not for a missing record", () => {
    const left = [orderEvent(0, { coupon: "x" }), orderEvent(1), orderEvent(2)];
    const right = [
      { ...orderEvent(1), total: "20.95", extra: true, note: "x" },
      { ...orderEvent(2), customer: { name: null, email: "ada@example.org" } },
    ];
    const { report } = compare(left, right);
    expect(report.eventTypes.map(({ schema }) => schema)).toEqual([
      [
        { field: "/customer/name", kind: "nullability", left: "string", right: "string, null at times" },
        { field: "/extra", kind: "added", right: "boolean, absent at times" },
        { field: "/total", kind: "type", left: "number", right: "number or string" },
      ],
    ]);
  });
});

describe("a limit on the rate", () => {
  it("is passed, broken or too close to tell", () => {
    const verdictOf = (count: number, different: number) => {
      const left = orderEvents(count);
      const right = left.map((event, index) => (index < different ? { ...event, note: "x" } : event));
      return compare(left, right, { differenceRateMax: 0.01 }).report.exitCode;
    };
    expect([verdictOf(400, 0), verdictOf(400, 12), verdictOf(400, 3), verdictOf(200, 0)]).toEqual([0, 1, 2, 2]);
  });
});
