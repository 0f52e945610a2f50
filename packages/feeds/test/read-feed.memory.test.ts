import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { readFeed } from "../src/read-feed.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const rowsPerPiece = 100;
const words = "a description of some length, as shops write it; ".repeat(5);

const formats = {
  jsonl: {
    rows: 200_000,
    head: "",
    row: (n: number) => `{"id":"${n}","title":"Product ${n}","price":"${n}.50 EUR","description":"${words}"}\n`,
    foot: "",
  },
  csv: {
    rows: 60_000,
    head: "id,title,price,description\n",
    row: (n: number) => `${n},"Product ${n}",${n}.50 EUR,"${words}"\n`,
    foot: "",
  },
  xml: {
    rows: 60_000,
    head: '<rss xmlns:g="http://base.google.com/ns/1.0"><channel>',
    row: (n: number) =>
      `<item><g:id>${n}</g:id><title>Product ${n}</title><g:price>${n}.50 EUR</g:price><description>${words}` +
      `</description></item>\n`,
    foot: "</channel></rss>",
  },
} as const;

describe.each(Object.entries(formats))("a feed of %s", (_, { rows, head, row, foot }) => {
  it("is read as fast as it is taken, and never held as a whole", { timeout: 120_000 }, async () => {
    let [produced, consumed, aheadMax, heapMax, textLength] = [0, 0, 0, 0, 0];
    async function* bytes(): AsyncGenerator<Buffer> {
      yield Buffer.from(head);
      while (produced < rows) {
        let piece = "";
        for (let n = 0; n < rowsPerPiece; n += 1) piece += row((produced += 1));
        textLength += piece.length;
        aheadMax = Math.max(aheadMax, produced - consumed);
        yield Buffer.from(piece);
      }
      yield Buffer.from(foot);
    }
    collectGarbage();
    const heapBefore = process.memoryUsage().heapUsed;
    for await (const batch of readFeed(bytes(), { name: "large" })) {
      for (const found of batch) if ("problem" in found) throw new Error(found.problem.reason);
      const before = consumed;
      consumed += batch.length;
      if (Math.floor(before / 20_000) === Math.floor(consumed / 20_000)) continue;
      collectGarbage();
      heapMax = Math.max(heapMax, process.memoryUsage().heapUsed - heapBefore);
    }
    expect(consumed).toBe(rows);
    expect(aheadMax).toBeLessThan(rows / 20);
    expect(textLength).toBeGreaterThan(50_000_000);
    expect(heapMax).toBeLessThan(textLength / 5);
  });
});
