import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { documentLines } from "../page/comparisons/document-lines.js";

describe("a document as lines", () => {
  it("keeps numbers as they were written, and names each line by its pointer", () => {
    const lines = documentLines('{"a/b":1.50,"items":[{"sku":"x, {y}"},-0],"note":null}');
    expect(lines.map(({ pointer, depth, text }) => `${depth} ${pointer} ${text}`)).toEqual([
      "0  {",
      '1 /a~1b "a/b": 1.50,',
      '1 /items "items": [',
      "2 /items/0 {",
      '3 /items/0/sku "sku": "x, {y}"',
      "2 /items/0 },",
      "2 /items/1 -0",
      "1 /items ],",
      '1 /note "note": null',
      "0  }",
    ]);
  });

  it("is all of the document, whatever is in it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = documentLines(JSON.stringify(value)).map((line) => line.text);
        expect(JSON.parse(text.join("\n"))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("is one line where it was cut, is no JSON, or nothing", () => {
    expect(documentLines('{"a":1… (20000 characters)')).toEqual([
      { pointer: "", depth: 0, text: '{"a":1… (20000 characters)' },
    ]);
    expect(documentLines(null)[0]!.text).toContain("tombstone");
  });
});
