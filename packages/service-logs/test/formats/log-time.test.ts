import { describe, expect, it } from "vitest";
import { logTimes } from "../../src/formats/log-time.ts";

const observedAtMs = Date.parse("2026-01-01T00:30:00Z");
const utc = logTimes("UTC");

function iso(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString();
}

describe("logTimes", () => {
  it.each([
    ["2014-04-06T20:21:58.444Z", "2014-04-06T20:21:58.444Z"],
    ["2014-04-06T20:21:58.444999999+01:00", "2014-04-06T19:21:58.444Z"],
    ["2014-04-06 20:21:58,444 -0130", "2014-04-06T21:51:58.444Z"],
    ["2014/04/06 20:21:58", "2014-04-06T20:21:58.000Z"],
    ["17/May/2015:10:05:03 +0000", "2015-05-17T10:05:03.000Z"],
    ["Sun, 17 May 2015 10:05:03 GMT", "2015-05-17T10:05:03.000Z"],
    ["Sun May 17 10:05:03.5 2015", "2015-05-17T10:05:03.500Z"],
    ["1431857103", "2015-05-17T10:05:03.000Z"],
    ["1431857103.25", "2015-05-17T10:05:03.250Z"],
    ["1431857103250", "2015-05-17T10:05:03.250Z"],
    ["1431857103250999", "2015-05-17T10:05:03.250Z"],
    ["1431857103250999999", "2015-05-17T10:05:03.250Z"],
    ["12", undefined],
    ["2014-02-30T00:00:00Z", undefined],
    ["2014-13-01T00:00:00Z", undefined],
    ["yesterday", undefined],
    ["", undefined],
  ])("reads %s", (text, time) => {
    expect(iso(utc.read(text, observedAtMs))).toBe(time);
  });

  it("gives a time without a year the year that brings it nearest to the observation", () => {
    expect(iso(utc.read("Dec 31 23:59:59", observedAtMs))).toBe("2025-12-31T23:59:59.000Z");
    expect(iso(utc.read("Jan  1 00:31:00", observedAtMs))).toBe("2026-01-01T00:31:00.000Z");
    expect(iso(utc.read("Jan 01 00:00:00", Date.parse("2025-12-31T23:59:00Z")))).toBe("2026-01-01T00:00:00.000Z");
    expect(iso(utc.read("Feb 29 00:00:00", Date.parse("2028-03-01T00:00:00Z")))).toBe("2028-02-29T00:00:00.000Z");
  });

  it("reads a time without a zone in the stated one", () => {
    expect(iso(logTimes("+05:30").read("2026-07-01 05:30:00", observedAtMs))).toBe("2026-07-01T00:00:00.000Z");
    const berlin = logTimes("Europe/Berlin");
    expect(iso(berlin.read("2026-07-01 02:00:00", observedAtMs))).toBe("2026-07-01T00:00:00.000Z");
    expect(iso(berlin.read("2026-01-01 01:00:00", observedAtMs))).toBe("2026-01-01T00:00:00.000Z");
    expect(iso(berlin.read("2026-01-01 01:00:00Z", observedAtMs))).toBe("2026-01-01T01:00:00.000Z");
    expect(iso(berlin.read("2026-03-29 01:59:59", observedAtMs))).toBe("2026-03-29T00:59:59.000Z");
    expect(iso(berlin.read("2026-03-29 03:00:00", observedAtMs))).toBe("2026-03-29T01:00:00.000Z");
    expect(iso(berlin.read("2026-10-25 01:59:59", observedAtMs))).toBe("2026-10-24T23:59:59.000Z");
    expect(iso(berlin.read("2026-10-25 03:00:00", observedAtMs))).toBe("2026-10-25T02:00:00.000Z");
    expect(() => logTimes("Mars/Olympus")).toThrow(/no time zone/);
  });

  it("reads the time that a line begins with", () => {
    expect(iso(utc.readLeading("[2014-04-06 20:21:58,444] INFO", observedAtMs))).toBe("2014-04-06T20:21:58.444Z");
    expect(iso(utc.readLeading("Jan  1 00:00:00 web-1 sshd", observedAtMs))).toBe("2026-01-01T00:00:00.000Z");
    expect(iso(utc.readLeading("at 2014-04-06 20:21:58", observedAtMs))).toBeUndefined();
  });
});
