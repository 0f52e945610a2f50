import { expect, test } from "vitest";
import { remoteSamples } from "../../src/remote-write/remote-sample.ts";
import { encodeWriteRequest } from "../../src/remote-write/write-request.ts";
import { scrape, startMs } from "../monitor-fixture.ts";
import { decodeBody } from "./fake-receiver.ts";

function sent(of: Parameters<typeof remoteSamples>[0], ownTenant = "default") {
  const { samples, invalid } = remoteSamples(of, ownTenant);
  return { invalid, samples: decodeBody(encodeWriteRequest(samples)).samples };
}

const gauge = (name: string, value: number | "NaN" | "+Inf" | "-Inf", labels: Record<string, string> = {}) =>
  ({ name, kind: "gauge", labels, value }) as const;

test("a request holds sorted labels, job and instance, up, and numbers that JSON cannot hold", () => {
  const samples = [
    gauge("load", 0.1, { zone: "ä", Core: "0", empty: "", job: "own" }),
    gauge("nan", "NaN"),
    gauge("inf", "+Inf"),
    gauge("low", "-Inf"),
    gauge("least", 5e-324),
  ];
  const place = 'instance="a:1",job="shop"';
  expect(sent(scrape(7, { samples }))).toEqual({
    invalid: 0,
    samples: [
      [`Core="0",__name__="load",exported_job="own",${place},zone="ä"`, 0.1],
      [`__name__="nan",${place}`, Number.NaN],
      [`__name__="inf",${place}`, Number.POSITIVE_INFINITY],
      [`__name__="low",${place}`, Number.NEGATIVE_INFINITY],
      [`__name__="least",${place}`, 5e-324],
      [`__name__="up",${place}`, 1],
    ].map(([series, value]) => ({ series, timeMs: startMs + 7, value })),
  });
});

test("names that some receivers refuse are left out, halves of characters mended, repeats dropped", () => {
  const samples = [
    gauge("bad name", 1),
    gauge("bad_label", 1, { "x.y": "1" }),
    gauge("twice", 1),
    gauge("twice", 2),
    gauge("half", 3, { text: "a\ud800" }),
  ];
  const { invalid, samples: found } = sent(scrape(0, { samples, isUp: false }));
  expect(invalid).toBe(2);
  expect(found.map(({ series, value }) => [series.split(",")[0], value])).toEqual([
    ['__name__="twice"', 1],
    ['__name__="half"', 3],
    ['__name__="up"', 0],
  ]);
  expect(found[1]!.series).toContain('text="a\ufffd"');
});

test("another tenant's series are told apart", () => {
  expect(sent(scrape(0, { tenant: "other" })).samples[0]!.series).toContain('footfall_tenant="other"');
  expect(sent(scrape(0, { tenant: "other" }), "other").samples[0]!.series).not.toContain("footfall_tenant");
});
