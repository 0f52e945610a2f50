import * as fc from "fast-check";
import { Counter, Gauge, Histogram, Registry, Summary } from "prom-client";
import { expect, test } from "vitest";
import { parseExposition } from "../src/exposition/parse-exposition.ts";
import { labelsText, readLabels } from "../src/series.ts";

const brief = (text: string, options = {}) =>
  parseExposition(text, options).samples.map(({ name, kind, labels, value, startedAtMs }) =>
    [`${name}{${labelsText(labels)}}`, kind, value, ...(startedAtMs === undefined ? [] : [startedAtMs])].join(" "),
  );

test.each([Registry.PROMETHEUS_CONTENT_TYPE, Registry.OPENMETRICS_CONTENT_TYPE])(
  "takes all that prom-client writes as %s",
  async (contentType) => {
    const registry = new Registry();
    registry.setContentType(contentType as typeof Registry.PROMETHEUS_CONTENT_TYPE);
    const registers = [registry as never];
    const isOpenMetrics = contentType === Registry.OPENMETRICS_CONTENT_TYPE;
    const help = 'What it "is": a \\ and\na line';
    new Counter({ name: "events_total", help, labelNames: ["path"], registers }).inc(
      { path: 'a"b\\c\nd,e="f"} 7 # x' },
      3,
    );
    const gauge = new Gauge({ name: "depth", help, labelNames: ["q"], registers });
    gauge.set({ q: "a" }, Number.NaN);
    gauge.set({ q: "b" }, Number.NEGATIVE_INFINITY);
    gauge.set({ q: "c" }, 1e-9);
    new Histogram({ name: "took_seconds", help, buckets: [0.5, 1], registers }).observe(0.7);
    new Summary({ name: "size_bytes", help, percentiles: [0.5], registers }).observe(10);
    const { samples, ...refused } = parseExposition(await registry.metrics(), { isOpenMetrics });
    expect(refused).toEqual({ rejectedLines: 0, errors: [] });
    const of = (name: string) => samples.filter((sample) => sample.name === name);
    expect(of("events_total")).toEqual([
      { name: "events_total", kind: "counter", labels: { path: 'a"b\\c\nd,e="f"} 7 # x' }, value: 3 },
    ]);
    expect(of("depth").map(({ kind, value }) => [kind, value])).toEqual([
      ["gauge", "NaN"],
      ["gauge", "-Inf"],
      ["gauge", 1e-9],
    ]);
    expect(of("took_seconds_bucket").map(({ kind, labels, value }) => [kind, labels, value])).toEqual([
      ["counter", { le: "0.5" }, 0],
      ["counter", { le: "1" }, 1],
      ["counter", { le: "+Inf" }, 1],
    ]);
    expect(of("size_bytes")).toEqual([{ name: "size_bytes", kind: "gauge", labels: { quantile: "0.5" }, value: 10 }]);
    expect(of("size_bytes_count")).toEqual([{ name: "size_bytes_count", kind: "counter", labels: {}, value: 1 }]);
  },
);

test("takes OpenMetrics: starts, exemplars, time stamps, bounds written as fractions", () => {
  const text = `# HELP hits x
# TYPE hits counter
# UNIT hits requests
hits_total{a="1"} 5.0 1700000000.5 # {trace_id="KOO5S4vxi0o"} 0.67 1520879607.789
hits_created{a="1"} 1700000000.25
# TYPE took histogram
took_bucket{le="1.0"} 2 # {trace_id="a # b"} 0.5
took_bucket{le="+Inf"} 3
took_count 3
took_sum 4.5
took_created 1.7e9
# TYPE build info
build_info{version="2"} 1
# TYPE state stateset
state{state="on"} 1
# EOF
`;
  expect(brief(text, { isOpenMetrics: true })).toEqual([
    'hits_total{a="1"} counter 5 1700000000250',
    'took_bucket{le="1"} counter 2 1700000000000',
    'took_bucket{le="+Inf"} counter 3 1700000000000',
    "took_count{} counter 3 1700000000000",
    "took_sum{} counter 4.5 1700000000000",
    'build_info{version="2"} gauge 1',
    'state{state="on"} gauge 1',
  ]);
});

test("takes 0.0.4's loose forms: no type, spaces, tabs, a comma at the end, carriage returns, starts as gauges", () => {
  const text = [
    "up 1\r",
    "a:b{} +Inf 1395066363000",
    'c { x = "y" , z="", }\t.5e-3  ',
    "# just a comment",
    "#",
    "# TYPE d_total counter",
    "d_total 2",
    "# TYPE d_created gauge",
    "d_created 1.5e9",
    "# TYPE f_created gauge",
    "f_created 3",
    'e{job="own",exported_job="x",instance="i"} nan',
    'g{__proto__="p"} 1',
  ].join("\n");
  expect(brief(text)).toEqual([
    "up{} unknown 1",
    "a:b{} unknown +Inf",
    'c{x="y"} unknown 0.0005',
    "d_total{} counter 2 1500000000000",
    "f_created{} gauge 3",
    'e{exported_exported_job="own",exported_instance="i",exported_job="x"} unknown NaN',
    'g{__proto__="p"} unknown 1',
  ]);
});

test("a bad line is counted and named, the others are taken", () => {
  const text = [
    "good 1",
    "1bad 1",
    "novalue",
    'open{a="b" 1',
    'quote{a="b} 1',
    "word{} one",
    'twice{a="1",a="2"} 1',
    "good 2",
    "hex 0x10",
    "under 1_000",
    "much 1 2 3",
    'after{a="b"} 7',
  ].join("\n");
  const { samples, rejectedLines, errors } = parseExposition(text);
  expect(samples.map(({ name }) => name)).toEqual(["good", "after"]);
  expect(rejectedLines).toBe(10);
  expect(errors.map((error) => error.split(":")[0])).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => `line ${n}`));
});

test("samples, labels and their lengths are bounded", () => {
  const lines = ["a 1", "b 2", "c 3", 'd{x="1",y="2"} 1', `e{x="${"v".repeat(9)}"} 1`].join("\n");
  const bounded = parseExposition(lines, { samplesMax: 2, labelsMax: 1, labelLengthMax: 8 });
  expect(bounded.samples.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(bounded.errors).toEqual([
    "line 3: more than 2 samples",
    "line 4: too many labels",
    "line 5: label x is too long",
  ]);
});

test("OpenMetrics without its end, or with more behind it, is told of", () => {
  expect(parseExposition("a 1\n", { isOpenMetrics: true }).errors).toEqual([
    "line 2: there is no # EOF: the text was cut off",
  ]);
  const more = parseExposition("a 1\n# EOF\nb 1\nc 1\n", { isOpenMetrics: true });
  expect([more.samples.length, more.errors]).toEqual([1, ["line 3: there is more after # EOF"]]);
  expect(parseExposition("a 1\n# EOF\n", { isOpenMetrics: true }).rejectedLines).toBe(0);
});

test("any text is read to its end, and any labels come back from their text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseExposition(text)));
  const aName = fc.stringMatching(/^[a-z_]{1,4}$/);
  fc.assert(
    fc.property(fc.dictionary(aName, fc.string({ unit: "binary" })), (labels) => {
      expect({ ...readLabels(labelsText(labels)) }).toEqual({ ...labels });
    }),
  );
  fc.assert(
    fc.property(fc.dictionary(aName, fc.string({ minLength: 1 })), (labels) => {
      const text = `x{${labelsText(labels)}} 1`;
      expect({ ...parseExposition(text).samples[0]!.labels }).toEqual({ ...labels });
    }),
  );
  expect(() => readLabels("a=b")).toThrow("no label at character 0");
});
