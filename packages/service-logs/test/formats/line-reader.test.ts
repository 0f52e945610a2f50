import { AppError } from "@footfall/base";
import { describe, expect, it } from "vitest";
import { type LineFormat, lineReader } from "../../src/formats/line-reader.ts";
import { logLimits } from "../../src/log-limits.ts";

const observedAtMs = Date.parse("2026-11-29T01:00:00Z");

function read(line: string, format: LineFormat): object {
  return lineReader(format)(line, observedAtMs);
}
function json(record: unknown): object {
  return read(JSON.stringify(record), { format: "json" });
}
const at = Date.parse("2026-11-28T10:00:00.123Z");
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

describe("lines that Docker keeps", () => {
  const docker = (log: string): object =>
    read(JSON.stringify({ log, stream: "stderr", time: "2026-11-28T10:00:00.123456789Z" }), { format: "docker" });
  const attributes = { "log.iostream": "stderr" };

  it("are read as what the container wrote, which names its service", () => {
    const line = { level: 40, time: "2026-11-28T09:59:59.000Z", name: "cart", msg: "slow", pid: 7 };
    expect(docker(`${JSON.stringify(line)}\n`)).toEqual({
      occurredAtMs: Date.parse("2026-11-28T09:59:59Z"),
      observedAtMs,
      severityNumber: 13,
      severityText: "warn",
      service: "cart",
      body: "slow",
      attributes: { pid: 7, ...attributes },
    });
  });

  it("have Docker's time where they have none", () => {
    expect(docker("plain text\r\n")).toMatchObject({ body: "plain text", occurredAtMs: at, observedAtMs, attributes });
    expect(docker("")).toMatchObject({ body: "", occurredAtMs: at });
    expect(docker('{"level":30,"msg":"the first part of a long li')).toMatchObject({ occurredAtMs: at });
  });

  it.each(["plain text", "{", "[]", '{"log":5,"stream":"stdout","time":"2026-11-28T10:00:00Z"}', '{"log":"a"}'])(
    "keeps %j, which is none of them, as text",
    (line) => {
      const parseError = { "log.parse_error": expect.stringContaining("Docker") as string };
      expect(read(line, { format: "docker" })).toMatchObject({ body: line, attributes: parseError });
    },
  );
});

describe("lines of JSON", () => {
  it("reads pino", () => {
    const stack = "Error: declined\n    at pay (pay.ts:3:5)";
    expect(
      json({
        level: 50,
        time: at,
        pid: 7,
        hostname: "web-1",
        name: "cart",
        msg: "payment failed",
        req: { method: "POST", headers: { accept: null } },
        err: { type: "Error", message: "declined", stack },
      }),
    ).toEqual({
      occurredAtMs: at,
      observedAtMs,
      severityNumber: 17,
      severityText: "error",
      service: "cart",
      body: `payment failed\n${stack}`,
      attributes: {
        pid: 7,
        hostname: "web-1",
        "req.method": "POST",
        "exception.type": "Error",
        "exception.message": "declined",
      },
    });
    expect(json({ level: 30, time: new Date(at).toISOString(), msg: "x" })).toMatchObject({ occurredAtMs: at });
  });

  it.each(["", "x".repeat(241), "cart\nforged", "\0"])(
    "takes %j for no name of a service, and loses nothing",
    (service) => {
      const entry = json({ level: "warn", message: "slow", service });
      expect(entry).toMatchObject({ body: "slow", attributes: { service } });
      expect(entry).not.toHaveProperty("service");
    },
  );

  it.each([
    ["bunyan", { name: "cart", hostname: "h", v: 0, level: 40, time: "2026-11-28T10:00:00.123Z", msg: "slow" }, "cart"],
    ["winston", { level: "warn", message: "slow", timestamp: "2026-11-28 10:00:00.123" }, undefined],
    ["ECS", { "@timestamp": new Date(at), "log.level": "WARN", message: "slow", service: { name: "cart" } }, "cart"],
    ["OpenTelemetry", { Timestamp: `${at}000000`, SeverityNumber: 13, SeverityText: "WARN", Body: "slow" }, undefined],
    [
      "log4j",
      { instant: { epochSecond: 1795860000, nanoOfSecond: 123_000_000 }, level: "WARN", message: "slow" },
      undefined,
    ],
    ["zap", { level: "warn", ts: 1795860000.123, caller: "a.go:3", msg: "slow" }, undefined],
    ["Python", { asctime: "2026-11-28 10:00:00,123", levelname: "WARNING", message: "slow", service: "cart" }, "cart"],
    ["GELF", { timestamp: 1795860000.123, level: 4, short_message: "slow" }, undefined],
  ])("reads %s", (_name, record, service) => {
    expect(json(record)).toMatchObject({ occurredAtMs: at, severityNumber: 13, body: "slow" });
    expect(json(record)).toHaveProperty("severityText");
    expect((json(record) as { service?: string }).service).toBe(service);
  });

  it("reads ids of traces, in any common spelling, and leaves what is none", () => {
    expect(json({ msg: "x", trace_id: traceId.toUpperCase(), span: { id: spanId } })).toMatchObject({
      traceId,
      spanId,
    });
    expect(json({ msg: "x", traceId: "0".repeat(32) })).toMatchObject({ attributes: { traceId: "0".repeat(32) } });
  });

  it("takes attributes of OpenTelemetry's records by their own names", () => {
    const record = {
      severityNumber: 9,
      body: "x",
      attributes: { "http.route": "/a" },
      resource: { "service.name": "cart" },
    };
    expect(json(record)).toMatchObject({ service: "cart", attributes: { "http.route": "/a" } });
  });

  it("keeps whole numbers that a double would change", () => {
    const line = String.raw`{"msg":"id 12345678901234567890, \"1234567890123456789\"","id":12345678901234567890,"time":1795860000123456789}`;
    expect(read(line, { format: "json" })).toEqual({
      occurredAtMs: at,
      observedAtMs,
      severityNumber: 0,
      body: 'id 12345678901234567890, "1234567890123456789"',
      attributes: { id: "12345678901234567890" },
    });
  });

  it("bounds attributes by number, name, length and depth, and counts what it leaves out", () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_unused, index) => [`f${index}`, index]));
    expect(json(many)).toMatchObject({ attributes: { "log.attributes_dropped": 200 - logLimits.attributesMax } });
    expect(json({ "a.b": 1, a: { b: 2 } })).toMatchObject({ attributes: { "a.b": 1, "log.attributes_dropped": 1 } });
    expect(json({ ["n".repeat(257)]: 1 })).toMatchObject({ attributes: { "log.attributes_dropped": 1 } });
    const long = json({ long: "😀".repeat(5_000) }) as { attributes: { long: string } };
    expect(long.attributes.long).toBe(`${"😀".repeat(4_095)}…`);
    const deep = `{"a":${'{"a":'.repeat(50)}1${"}".repeat(51)}`;
    expect(JSON.stringify(read(deep, { format: "json" })).length).toBeLessThan(1_000);
    const bottomless = `{"a":${"[".repeat(60_000)}${"]".repeat(60_000)}}`;
    expect(read(bottomless, { format: "json" })).toMatchObject({ body: bottomless });
  });

  it("cuts a body at its bound and says how much", () => {
    const body = "x".repeat(logLimits.bodyLengthMax + 5);
    expect(json({ msg: body })).toMatchObject({
      body: body.slice(5),
      attributes: { "log.body_cut": 5 },
    });
  });

  it("keeps names that objects have of themselves", () => {
    const fields = read('{"msg":"x","__proto__":"p","constructor":1}', { format: "json" }) as { attributes: object };
    expect(Object.entries(fields.attributes)).toEqual([
      ["__proto__", "p"],
      ["constructor", 1],
    ]);
  });

  it("keeps what is no JSON as text, and says so", () => {
    for (const line of ["Server listening", '{"msg":"cut o', "[1]", ""]) {
      const fields = read(line, { format: "json" });
      expect(fields).toMatchObject({ body: line, attributes: { "log.parse_error": "it is no JSON object" } });
      expect(fields).toMatchObject({ occurredAtMs: observedAtMs, observedAtMs });
    }
  });
});

describe("lines of logfmt", () => {
  it("reads pairs, quotes and flags", () => {
    const line = String.raw`time=2026-11-28T10:00:00.123Z level=warn msg="a \"b\"\nc" status=500 id=007 empty= cached trace_id=${traceId}`;
    expect(read(line, { format: "logfmt" })).toEqual({
      occurredAtMs: at,
      observedAtMs,
      severityNumber: 13,
      severityText: "warn",
      body: 'a "b"\nc',
      traceId,
      attributes: { status: 500, id: "007", empty: "", cached: true },
    });
  });

  it.each(['msg="never closed', "plain words", 'a="b"c'])("keeps %s as text", (line) => {
    expect(read(line, { format: "logfmt" })).toMatchObject({
      body: line,
      attributes: { "log.parse_error": expect.any(String) },
    });
  });
});

describe("lines of web servers", () => {
  const combined = String.raw`192.0.2.1 - eve [17/May/2015:10:05:03 +0200] "GET /a/b?c=1 HTTP/1.1" 404 235 "-" "say \"hi\"" 0.005`;

  it("reads combined logs", () => {
    expect(read(combined, { format: "combined" })).toEqual({
      occurredAtMs: Date.parse("2015-05-17T08:05:03Z"),
      observedAtMs,
      severityNumber: 0,
      body: combined,
      attributes: {
        "source.address": "192.0.2.1",
        "user.name": "eve",
        "http.request.method": "GET",
        "http.version": "1.1",
        "url.original": "/a/b?c=1",
        "url.path": "/a/b",
        "url.query": "c=1",
        "user_agent.original": 'say "hi"',
        "http.response.status_code": 404,
        "http.response.body.bytes": 235,
      },
    });
  });

  it("reads common logs, requests that are none, and sizes that are none", () => {
    const line = String.raw`192.0.2.1 - - [17/May/2015:10:05:03 +0000] "\x16\x03" 400 -`;
    expect(read(line, { format: "common" })).toEqual({
      occurredAtMs: Date.parse("2015-05-17T10:05:03Z"),
      observedAtMs,
      severityNumber: 0,
      body: line,
      attributes: { "source.address": "192.0.2.1", "http.response.status_code": 400 },
    });
    expect(
      read(line.replace(String.raw`\x16\x03`, "GET http://shop.example?x HTTP/1.0"), { format: "common" }),
    ).toMatchObject({
      attributes: { "url.path": "/", "url.query": "x" },
    });
  });

  it("reads a line with an unclosed quote as far as it goes, and says what is wrong", () => {
    const line = combined.slice(0, combined.indexOf('hi\\"'));
    expect(read(line, { format: "combined" })).toMatchObject({
      occurredAtMs: Date.parse("2015-05-17T08:05:03Z"),
      body: line,
      attributes: {
        "http.response.status_code": 404,
        "log.parse_error": "the quote of user_agent.original is never closed",
      },
    });
    expect(read("AH00558: httpd: no name", { format: "combined" })).toMatchObject({
      attributes: { "log.parse_error": expect.any(String) },
    });
  });
});

describe("lines of a pattern", () => {
  const pattern = String.raw`^(?<time>\S+ \S+) (?P<level>\w+) \[(?<thread>[^\]]+)\] (?<message>.*) in (?<ms>\d+)$`;

  it("reads named groups", () => {
    expect(read("2026-11-28 10:00:00,123 WARN [main] slow query in 350", { format: "pattern", pattern })).toEqual({
      occurredAtMs: at,
      observedAtMs,
      severityNumber: 13,
      severityText: "WARN",
      body: "slow query",
      attributes: { thread: "main", ms: 350 },
    });
  });

  it("keeps the further lines of an entry in its body", () => {
    const text = "2026-11-28 10:00:00,123 WARN [main] slow in 350\n  at a\n  at b";
    expect(read(text, { format: "pattern", pattern })).toMatchObject({
      occurredAtMs: at,
      body: "slow\n  at a\n  at b",
    });
    expect(read('{\n"msg": "x"\n}', { format: "json" })).toMatchObject({ body: "x" });
    expect(read('{"msg":"x"}\n  at a', { format: "auto" })).toMatchObject({ body: "x\n  at a" });
  });

  it("keeps what does not match as text", () => {
    expect(read("else", { format: "pattern", pattern })).toMatchObject({
      body: "else",
      attributes: { "log.parse_error": "the pattern does not match" },
    });
    const long = "x".repeat(logLimits.patternLineLengthMax + 1);
    expect(read(long, { format: "pattern", pattern: "(?<message>.*)" })).toMatchObject({ body: long });
  });

  it.each([
    ["(?<message>.*", /does not compile/],
    ["(.*)", /names no group/],
    [`(?<message>${"x".repeat(2_000)})`, /longer than 2000/],
  ])("refuses %s", (bad, message) => {
    expect(() => read("x", { format: "pattern", pattern: bad })).toThrow(message);
    expect(() => read("x", { format: "pattern", pattern: bad })).toThrow(AppError);
  });
});

describe("lines of text and of no stated format", () => {
  it("finds the time and the level of a text", () => {
    expect(read("[2026-11-28T10:00:00.123Z] WARN slow, no ERROR", { format: "text" })).toEqual({
      occurredAtMs: at,
      observedAtMs,
      severityNumber: 13,
      severityText: "WARN",
      body: "[2026-11-28T10:00:00.123Z] WARN slow, no ERROR",
    });
    expect(read("2026/11/28 10:00:00 [error] 7#7: upstream", { format: "text" })).toMatchObject({ severityNumber: 17 });
    expect(read("GET /ERROR no error", { format: "text" })).toMatchObject({ severityNumber: 0 });
  });

  it("tells formats apart", () => {
    expect(read('{"msg":"x"}', { format: "auto" })).toMatchObject({ body: "x" });
    expect(read("level=info msg=x", { format: "auto" })).toMatchObject({ body: "x", severityNumber: 9 });
    for (const line of ["{not JSON}", "say a=b c=d", "a=b", ""]) {
      expect(read(line, { format: "auto" })).toEqual({
        occurredAtMs: observedAtMs,
        observedAtMs,
        severityNumber: 0,
        body: line,
      });
    }
  });
});
