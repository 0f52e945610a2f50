import { describe, expect, it } from "vitest";
import { lineReader } from "../../src/formats/line-reader.ts";
import { LineJoiner } from "../../src/multi-line/line-joiner.ts";
import { multiLinePresets } from "../../src/multi-line/multi-line-presets.ts";
import { type MultiLineMode, multiLineRule } from "../../src/multi-line/multi-line-rule.ts";
import { fileLines, textsOf } from "./file-lines.ts";

/** The entries of lines, parts of an entry with `|` between them. */
function joined(joiner: LineJoiner, lines: readonly string[]): string[] {
  return textsOf([...joiner.add(fileLines(lines)), ...joiner.flush()]).map((text) => text.replaceAll("\n", "|"));
}

describe("LineJoiner", () => {
  const cases: readonly [MultiLineMode, RegExp, RegExp, string[], string[]][] = [
    ["continue_through", /^\S/, /^\s/, ["a", " b", " c", "d", "e", " f"], ["a| b| c", "d", "e| f"]],
    ["continue_past", /\\$/, /\\$/, ["a\\", "b\\", "c", "d", "e\\"], ["a\\|b\\|c", "d", "e\\"]],
    ["halt_before", /^\d/, /^\d/, ["x", "1 a", "b", "c", "2 d", "3 e", "f"], ["x", "1 a|b|c", "2 d", "3 e|f"]],
    [
      "halt_with",
      /^BEGIN/,
      /^END/,
      ["x", "BEGIN", "a", "END", "y", "BEGIN", "END"],
      ["x", "BEGIN|a|END", "y", "BEGIN|END"],
    ],
  ];
  it.each(cases)("joins by %s", (mode, start, condition, lines, entries) => {
    expect(joined(new LineJoiner(multiLineRule(mode, start, condition)), lines)).toEqual(entries);
    const sticky = multiLineRule(mode, new RegExp(start, "g"), new RegExp(condition, "g"));
    expect(joined(new LineJoiner(sticky), lines)).toEqual(entries);
  });

  const stacks: readonly [keyof typeof multiLinePresets, string[][]][] = [
    [
      "java",
      [
        ["2026-11-28 10:00:00 INFO started"],
        [
          "2026-11-28 10:00:01 ERROR failed",
          "java.lang.IllegalStateException: bad",
          "\tat a.B.c(B.java:3)",
          "Caused by: java.io.IOException: closed",
          "\tat d.E.f(E.java:4)",
          "\t... 12 more",
        ],
        ['Exception in thread "main" java.lang.Error', "\tat a.B.main(B.java:1)"],
        ["2026-11-28 10:00:02 INFO java.lang is fine"],
      ],
    ],
    [
      "python",
      [
        ["INFO started"],
        [
          "ERROR failed",
          "Traceback (most recent call last):",
          '  File "a.py", line 1, in <module>',
          "    f()",
          "KeyError: 'x'",
          "",
          "During handling of the above exception, another exception occurred:",
          "",
          "Traceback (most recent call last):",
          '  File "a.py", line 3, in f',
          "requests.exceptions.Timeout: slow",
        ],
        ["WARNING: not part of it"],
        ["ValueError: printed alone"],
      ],
    ],
    [
      "node",
      [
        ["listening"],
        ["Error: boom", "    at f (/a.js:1:2)", "    at node:internal/main:3:4 {", "  code: 'E'", "}"],
        ["listening again"],
      ],
    ],
    [
      "go",
      [
        ["2026/11/28 10:00:00 started"],
        [
          "panic: runtime error: index out of range [5] with length 3",
          "",
          "goroutine 1 [running]:",
          "main.(*Cart).add(0xc000012345)",
          "\t/a/cart.go:8 +0x1d",
          "main.main()",
          "\t/a/main.go:5 +0x20",
          "exit status 2",
        ],
        ["2026/11/28 10:00:01 started (again)"],
        ["done (now)"],
      ],
    ],
  ];
  it.each(stacks)("joins the stack traces of %s", (name, entries) => {
    const found = joined(new LineJoiner(multiLinePresets[name]), entries.flat());
    expect(found).toEqual(entries.map((lines) => lines.join("|")));
  });

  // fluent/fluent-bit#3938: a long event was split by a flush every 4 s.
  it("does not split an event whose lines keep coming, however long it takes", () => {
    const joiner = new LineJoiner(multiLinePresets.java, { timeoutMs: 1_000, holdMsMax: 60_000 });
    expect(joiner.add(fileLines(["ERROR failed"]))).toEqual([]);
    for (let second = 1; second <= 20; second += 1) {
      expect(joiner.add(fileLines(["\tat a"], second * 900, 13 + 6 * (second - 1)))).toEqual([]);
      expect(joiner.expire(second * 900 + 899)).toEqual([]);
    }
    const [event] = joiner.expire(20 * 900 + 1_000);
    expect(event).toMatchObject({ lineCount: 21, offset: 0, endOffset: 133, endedBy: "timeout" });
    expect(joiner.safeOffset).toBe(133);
  });

  // splunk/splunk-connect-for-kubernetes#243: the last trace was held until the next event, and given its time.
  it("gives out the last event after the time-out, with its own time and place", () => {
    const joiner = new LineJoiner(multiLinePresets.java, { timeoutMs: 1_000 });
    const lines = ["2026-11-28 10:00:00 ERROR failed", "\tat a"];
    expect(joiner.add(fileLines(lines, 5_000, 100))).toEqual([]);
    expect(joiner.expire(5_999)).toEqual([]);
    const [event] = joiner.expire(6_000);
    expect(event).toMatchObject({ text: lines.join("\n"), offset: 100, observedAtMs: 5_000, endedBy: "timeout" });
    expect(joiner.expire(7_000)).toEqual([]);
    const fields = lineReader({ format: "text" })(event!.text, event!.observedAtMs);
    expect(fields).toMatchObject({ occurredAtMs: Date.parse("2026-11-28T10:00:00Z"), body: lines.join("\n") });
    expect(textsOf(joiner.add(fileLines(["2026-11-28 11:00:00 INFO next", "x"], 9_000, 140)))).toHaveLength(1);
  });

  it("holds nothing longer than its bound, even while lines come", () => {
    const joiner = new LineJoiner(multiLinePresets.java, { timeoutMs: 1_000, holdMsMax: 3_000 });
    joiner.add(fileLines(["a"], 0));
    joiner.add(fileLines([" b"], 2_999, 2));
    expect(joiner.expire(2_999)).toEqual([]);
    expect(joiner.expire(3_000)).toMatchObject([{ text: "a\n b", endedBy: "bound" }]);
  });

  // fluent/fluent-bit#11265: the offset was saved past what was only buffered.
  it("says where to read again: never past a line that it holds", () => {
    const joiner = new LineJoiner(multiLinePresets.java);
    expect(joiner.safeOffset).toBe(0);
    joiner.add(fileLines(["a", "b", "\tc"]));
    expect(joiner.safeOffset).toBe(2);
    const again = new LineJoiner(multiLinePresets.java);
    again.add(fileLines(["b", "\tc"], 0, joiner.safeOffset));
    expect(again.flush()).toMatchObject([{ text: "b\n\tc", offset: 2, endOffset: 7 }]);
    expect(again.safeOffset).toBe(7);
  });

  it("cuts what has too many lines or is too long, and loses nothing", () => {
    const byLines = new LineJoiner(multiLinePresets.java, { linesMax: 2 });
    expect(joined(byLines, ["a", " 1", " 2", " 3", "b"])).toEqual(["a| 1", " 2| 3", "b"]);
    const byLength = new LineJoiner(multiLinePresets.java, { lengthMax: 6 });
    expect(joined(byLength, ["a", " 1", " 23456789", " 4"])).toEqual(["a| 1", " 23456789", " 4"]);
  });
});
