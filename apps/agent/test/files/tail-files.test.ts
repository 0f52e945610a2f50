import { open, readFile, truncate, writeFile } from "node:fs/promises";
import { AppError } from "@footfall/base";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyWaitMs, numbered, rotateWaitMs, TailBench, textOfLines } from "./tail-bench.ts";

let bench: TailBench;
beforeEach(async () => {
  bench = await TailBench.open();
});
afterEach(() => bench.remove());

const header = `${"h".repeat(1200)}\n`;

describe("copytruncate", () => {
  // elastic/beats#39731
  it("sends no line again, and those written before the truncation once", async () => {
    const lines = numbered("old", 50);
    await bench.write("app.log", textOfLines(lines.slice(0, 40)));
    await bench.poll();
    await bench.append("app.log", textOfLines(lines.slice(40)));
    await bench.copy("app.log", "app.log.1");
    await bench.truncate("app.log");
    await bench.append("app.log", "new 0\n");
    await bench.poll(2);
    expect(bench.texts().sort()).toEqual([...lines, "new 0"].sort());
    expect(bench.generations()).toBe(2);
  });

  // elastic/beats#45300
  it("loses and repeats nothing with restarts and compression in between", async () => {
    const lines = numbered("line", 150);
    await bench.write("app.log", textOfLines(lines.slice(0, 35)));
    await bench.poll();
    await bench.append("app.log", textOfLines(lines.slice(35, 50)));
    await bench.restart();
    await bench.copy("app.log", "app.log.1");
    await bench.truncate("app.log");
    await bench.append("app.log", textOfLines(lines.slice(50, 100)));
    await bench.compress("app.log.1");
    await bench.poll(2);
    await bench.append("app.log", textOfLines(lines.slice(100)));
    await bench.pollToEnd();
    expect(bench.texts().sort()).toEqual([...lines].sort());
  });

  it("waits with a copy that is seen before the truncation, also when lines follow it and a restart", async () => {
    await bench.write("app.log", textOfLines(numbered("a", 5)));
    await bench.poll();
    await bench.copy("app.log", "app.log.1");
    await bench.poll();
    await bench.append("app.log", "late\n");
    await bench.poll();
    await bench.restart();
    await bench.truncate("app.log");
    await bench.append("app.log", "new\n");
    await bench.pollToEnd();
    expect(bench.texts()).toEqual([...numbered("a", 5), "late", "new"]);
  });

  // open-telemetry/opentelemetry-collector-contrib#43693
  it("reads new lines after the same header", async () => {
    await bench.write("app.log", `${header}${textOfLines(numbered("old", 30))}`);
    await bench.poll();
    await bench.copy("app.log", "app.log.1");
    await bench.truncate("app.log");
    // Longer than what was read, so that the size does not tell.
    await bench.append("app.log", `${header}${textOfLines(numbered("new", 60))}`);
    await bench.pollToEnd();
    expect(bench.texts()).toEqual([header.trim(), ...numbered("old", 30), header.trim(), ...numbered("new", 60)]);
  });

  it("skips the NULs before which a writer without O_APPEND goes on, and keeps the file's offsets", async () => {
    const writer = await open(bench.path("app.log"), "w");
    await writer.write("one\ntwo\n");
    await bench.poll();
    await bench.copy("app.log", "app.log.1");
    await truncate(bench.path("app.log"));
    await writer.write("three\n");
    await bench.poll(2);
    await writer.write("four\n");
    await bench.poll(2);
    await writer.close();
    expect(bench.taken.map(({ text, offset }) => [text, offset])).toEqual([
      ["one", 0],
      ["two", 4],
      ["three", 8],
      ["four", 14],
    ]);
  });

  it("says that lines may be lost where there is no copy", async () => {
    await bench.write("app.log", "one\n");
    await bench.poll();
    await bench.write("app.log", "2\n");
    await bench.poll(2);
    expect(bench.texts()).toEqual(["one", "2"]);
    expect(bench.notices).toEqual(["truncated app.log"]);
  });
});

describe("two rotations between two looks", () => {
  it("send no line of the second copy again, also after a kill", async () => {
    await bench.append("app.log", "line 0\n");
    await bench.copy("app.log", "app.log.1");
    await bench.poll();
    await bench.truncate("app.log");
    await bench.append("app.log", "line 1\n");
    await bench.copy("app.log", "app.log.2");
    await bench.pollAndDie();
    await bench.truncate("app.log");
    await bench.append("app.log", "line 2\n");
    await bench.pollToEnd();
    expect(bench.distinct().sort()).toEqual(["line 0", "line 1", "line 2"]);
  });
});

describe("rotation by rename", () => {
  // elastic/beats#36541, fluent/fluent-bit#1330
  it("sends no old file again at a restart after several rotations", async () => {
    for (const round of ["a", "b", "c"]) {
      await bench.append("app.log", textOfLines(numbered(round, 3)));
      await bench.poll();
      await bench.rename("app.log.1", "app.log.2").catch(() => {});
      await bench.rename("app.log", "app.log.1");
    }
    await bench.restart();
    await bench.rename("app.log.2", "app.log.3");
    await bench.pollToEnd();
    expect(bench.texts()).toEqual(["a", "b", "c"].flatMap((round) => numbered(round, 3)));
  });

  // fluent/fluent-bit#2110, #1108, #5382
  it("reads fast rotations to their ends, new files from their first byte", async () => {
    const expected: string[] = [];
    for (let round = 0; round < 8; round += 1) {
      const lines = numbered(`round ${round}`, 100);
      expected.push(...lines);
      await bench.append("app.log", textOfLines(lines.slice(0, 50)));
      if (round % 3 === 0) await bench.poll();
      await bench.append("app.log", textOfLines(lines.slice(50)));
      await bench.rename("app.log", `app.log.${round}`);
    }
    await bench.pollToEnd();
    expect(bench.texts().sort()).toEqual(expected.sort());
  });

  it("follows the handle while a writer still adds to the renamed or deleted file", async () => {
    const writer = await open(bench.path("app.log"), "a");
    await writer.write("one\n");
    await bench.poll();
    await bench.rename("app.log", "app.log.1");
    await writer.write("two\n");
    await bench.poll();
    await bench.delete("app.log.1");
    await writer.write("three\nfour");
    await bench.poll(2);
    expect(bench.texts()).toEqual(["one", "two", "three"]);
    bench.clock.advance(rotateWaitMs);
    await bench.poll(2);
    expect(bench.texts()).toEqual(["one", "two", "three", "four"]);
    await writer.close();
  });

  // fluent/fluent-bit#11265
  it("gives an unterminated line out when it ends, also after a restart, and not before", async () => {
    await bench.write("app.log", "one\nhal");
    await bench.poll(2);
    expect(bench.texts()).toEqual(["one"]);
    await bench.restart();
    await bench.append("app.log", "f\nlast");
    await bench.poll();
    await bench.rename("app.log", "app.log.1");
    await bench.pollToEnd();
    expect(bench.taken.map(({ text, offset }) => [text, offset])).toEqual([
      ["one", 0],
      ["half", 4],
      ["last", 9],
    ]);
  });

  it("gives the last piece the same identity and text when the file grows after a kill", async () => {
    await bench.write("app.log", "one\nlast");
    await bench.poll();
    await bench.rename("app.log", "app.log.1");
    await bench.poll();
    await bench.poll();
    bench.clock.advance(rotateWaitMs);
    await bench.pollAndDie();
    await bench.append("app.log.1", " words\n");
    await bench.pollToEnd();
    expect(bench.distinct()).toEqual(["one", "last", " words"]);
  });
});

describe("compression of a rotated file", () => {
  // vectordotdev/vector#13193, open-telemetry/opentelemetry-collector-contrib#40523
  it("reads nothing twice", async () => {
    await bench.write("app.log", textOfLines(numbered("a", 20)));
    await bench.poll();
    await bench.rename("app.log", "app.log.1");
    await bench.poll();
    await bench.compress("app.log.1");
    await bench.pollToEnd();
    await bench.rename("app.log.1.gz", "app.log.2.gz");
    await bench.restart();
    await bench.pollToEnd();
    expect(bench.texts()).toEqual(numbered("a", 20));
  });

  it("reads the rest out of the compressed file where the plain one was gone too soon", async () => {
    await bench.write("app.log", textOfLines(numbered("a", 2000)));
    await bench.poll();
    await bench.restart();
    await bench.append("app.log", `${textOfLines(numbered("b", 5000))}end`);
    await bench.compress("app.log");
    await bench.pollToEnd();
    expect(bench.texts()).toEqual([...numbered("a", 2000), ...numbered("b", 5000), "end"]);
    expect(bench.generations()).toBe(1);
  });

  it("waits for a compressed file that is not whole", async () => {
    await bench.write("app.log", "one\n");
    await bench.compress("app.log");
    const whole = await readFile(bench.path("app.log.gz"));
    await writeFile(bench.path("app.log.gz"), whole.subarray(0, 12));
    await bench.poll();
    expect(bench.texts()).toEqual([]);
    await writeFile(bench.path("app.log.gz"), whole);
    await bench.pollToEnd();
    expect(bench.texts()).toEqual(["one"]);
  });
});

describe("files that look alike", () => {
  // elastic/beats#1341, vectordotdev/vector#18342
  it("are told apart on a used inode: the new one is read from its head", async () => {
    for (let round = 0; round < 5; round += 1) {
      await bench.write("app.log", textOfLines(numbered(`life ${round}`, 10 + round)));
      await bench.poll();
      await bench.restart();
      await bench.delete("app.log");
    }
    expect(bench.texts()).toEqual([0, 1, 2, 3, 4].flatMap((round) => numbered(`life ${round}`, 10 + round)));
    expect(bench.generations()).toBe(5);
  });

  // vectordotdev/vector#25079
  it("are each read to the end when their first lines are equal", async () => {
    await bench.write("a.log", "start\na 1\n");
    await bench.write("b.log", "start\n");
    await bench.pollToEnd();
    await bench.append("b.log", "b 1\n");
    await bench.poll();
    expect(bench.texts().sort()).toEqual(["a 1", "b 1", "start", "start"]);
  });

  // vectordotdev/vector#5902
  it("are read from the head when they are twins of a deleted one", async () => {
    await bench.write("a.log", "start\nready\n");
    await bench.poll();
    await bench.delete("a.log");
    await bench.write("b.log", "start\nready\nb 1\n");
    await bench.pollToEnd();
    expect(bench.texts()).toEqual(["start", "ready", "start", "ready", "b 1"]);
  });

  // open-telemetry/opentelemetry-collector-contrib#19765, #46496
  it("are two files while both live, though they share 1024 bytes", async () => {
    await bench.write("a.log", `${header}a 0\n`);
    await bench.write("b.log", `${header}b 0\n`);
    await bench.poll();
    await bench.append("a.log", "a 1\n");
    await bench.append("b.log", "b 1\n");
    await bench.poll();
    const others = bench.texts().filter((text) => text !== header.trim());
    expect(others.sort()).toEqual(["a 0", "a 1", "b 0", "b 1"]);
    expect(bench.generations()).toBe(2);
  });

  it("are two files in the end even when nothing tells them apart", async () => {
    await bench.write("a.log", "same\n");
    await bench.write("b.log", "same\n");
    await bench.poll(2);
    expect(bench.texts()).toEqual(["same"]);
    bench.clock.advance(copyWaitMs);
    await bench.poll();
    expect(bench.texts()).toEqual(["same", "same"]);
  });
});

describe("delivery", () => {
  it("repeats after a kill with the same identity, and goes on", async () => {
    await bench.write("app.log", textOfLines(numbered("a", 10)));
    await bench.pollAndDie();
    await bench.append("app.log", textOfLines(numbered("b", 10)));
    await bench.poll();
    expect(bench.texts().length).toBe(30);
    expect(bench.distinct()).toEqual([...numbered("a", 10), ...numbered("b", 10)]);
  });

  it("does not take what was written after a kill and a truncation for the lines before, though they begin alike", async () => {
    await bench.append("app.log", "é");
    await bench.poll();
    await bench.append("app.log", " line 0\n");
    await bench.copy("app.log", "app.log.1");
    await bench.pollAndDie();
    await bench.truncate("app.log");
    await bench.append("app.log", "é line 1\n");
    await bench.pollToEnd();
    expect(bench.distinct().sort()).toEqual(["é line 0", "é line 1"]);
  });

  it("tries again what cannot be stored now, reads no further meanwhile, and holds up no other file", async () => {
    let refusals = 0;
    bench.beforeTake = (lines) => {
      if (!lines[0]!.path.endsWith("a.log") || refusals >= 5) return;
      refusals += 1;
      throw new AppError("LOG_UNAVAILABLE", "away", { retriable: true });
    };
    await bench.write("a.log", textOfLines(numbered("a", 3)));
    await bench.write("b.log", textOfLines(numbered("b", 3)));
    const tailer = await bench.tailer();
    await tailer.poll();
    await waitFor(() => bench.texts().includes("b 2") && refusals > 0, { deadlineMs: 20_000 });
    await tailer.settled();
    expect(bench.texts().sort()).toEqual([...numbered("a", 3), ...numbered("b", 3)]);
  });

  it("loses nothing when a file is copied, truncated and its copy deleted while the log is away", async () => {
    let isAway = true;
    bench.beforeTake = () => {
      if (isAway) throw new AppError("LOG_UNAVAILABLE", "away", { retriable: true });
    };
    await bench.write("app.log", textOfLines(numbered("a", 3)));
    isAway = false;
    await bench.poll();
    isAway = true;
    await bench.append("app.log", textOfLines(numbered("b", 3)));
    const tailer = await bench.tailer();
    await tailer.poll();
    await bench.append("app.log", textOfLines(numbered("c", 3)));
    await bench.copy("app.log", "app.log.1");
    await bench.truncate("app.log");
    await tailer.poll();
    await bench.delete("app.log.1");
    await tailer.poll();
    isAway = false;
    await tailer.settled();
    await bench.pollToEnd();
    expect(bench.texts()).toEqual(["a", "b", "c"].flatMap((name) => numbered(name, 3)));
  });

  it("ends with an error that will not pass", async () => {
    bench.beforeTake = () => {
      throw new AppError("LOG_RECORD_TOO_LARGE", "no");
    };
    await bench.write("app.log", "one\n");
    const tailer = await bench.tailer();
    await expect(tailer.run(new AbortController().signal)).rejects.toThrow("no");
  });

  it("polls until it is told to end", async () => {
    await bench.remove();
    bench = await TailBench.open({ pollMs: 1 });
    const stop = new AbortController();
    const running = (await bench.tailer()).run(stop.signal);
    await bench.write("app.log", "one\n");
    await waitFor(() => bench.texts().length === 1, { deadlineMs: 20_000 });
    stop.abort();
    await running;
    await bench.restart();
    await bench.poll();
    expect(bench.texts()).toEqual(["one"]);
  });

  it("cuts long lines, marks and reports them", async () => {
    await bench.remove();
    bench = await TailBench.open({ lineBytesMax: 10, readBytesMax: 16 });
    await bench.write("app.log", `short\n${"x".repeat(100)}\nafter\n`);
    await bench.poll();
    expect(bench.taken.map(({ text, offset, isCut }) => [text, offset, isCut])).toEqual([
      ["short", 0, false],
      ["x".repeat(10), 6, true],
      ["after", 107, false],
    ]);
    expect(bench.notices).toEqual(["lineCut app.log"]);
  });

  it("opens no more files than it may, says so, and reads the others when there is room", async () => {
    await bench.remove();
    bench = await TailBench.open({ filesMax: 2 });
    for (const name of ["a", "b", "c"]) await bench.write(`${name}.log`, `${name}\n`);
    await bench.pollToEnd();
    expect(bench.texts().sort()).toEqual(["a", "b"]);
    expect(bench.notices).toEqual(["tooManyFiles c.log"]);
    await bench.delete("a.log");
    await bench.pollToEnd();
    expect(bench.texts().sort()).toEqual(["a", "b", "c"]);
  });
});
