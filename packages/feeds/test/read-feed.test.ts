import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fixture, rowsOf, summaryOf } from "./feed-of.ts";

const names = ["ugly.xml", "atom.xml", "ugly.csv", "google.tsv", "ugly.jsonl"] as const;
const said = (pattern: RegExp): unknown => expect.stringMatching(pattern);

describe("a feed", () => {
  it.each(names)("%s is the same in pieces of any size, and gzipped", async (name) => {
    const bytes = await fixture(name);
    const whole = await rowsOf(bytes);
    for (const pieceBytes of [1, 2, 3, 7, 61]) expect(await rowsOf(bytes, { pieceBytes })).toEqual(whole);
    expect(await rowsOf(gzipSync(bytes), { pieceBytes: 5 })).toEqual(whole);
    const halves = [bytes.subarray(0, 99), bytes.subarray(99)].map((half) => gzipSync(half));
    expect(await rowsOf(Buffer.concat(halves))).toEqual(whole);
  });

  it("of Google Merchant RSS: its namespace, CDATA, bare ampersands, lists, parts, Latin-1", async () => {
    expect(summaryOf(await rowsOf(await fixture("ugly.xml")))).toEqual([
      {
        line: 8,
        item_id: "A-1",
        title: 'Kaffee & Tee <b>"groß"</b>',
        link: "https://shop.example/p?id=1&utm_source=feed&copy=2",
        category: "Haus > Küche",
        price: "1299.50",
        sale_price: "999.00",
        currency: "EUR",
        availability: "in_stock",
        in_stock: true,
        attributes: {
          additional_image_link: ["https://shop.example/2.jpg", "https://shop.example/3.jpg"],
          "media:credit": "somebody",
          product_type: ["Neu"],
          rating: "4.5",
          shipping: { country: "DE", price: "4.95 EUR" },
        },
      },
      [24, "A-2", "g:title", said(/line 25: undefined entity/)],
      [27, null, "id", said(/missing/)],
      { line: 30, item_id: "A-3", title: "Bell", availability: "out_of_stock", in_stock: false, attributes: {} },
    ]);
  });

  it("of Atom: another prefix, addresses in attributes", async () => {
    expect(summaryOf(await rowsOf(await fixture("atom.xml")))).toEqual([
      {
        line: 5,
        item_id: "B-1",
        title: "Dog bowl",
        description: "Blue",
        link: "https://shop.example/b-1",
        price: "9.99",
        currency: "GBP",
        availability: "preorder",
        in_stock: false,
        attributes: {},
      },
    ]);
  });

  it("of CSV: byte order mark, CRLF, headings in brackets, quotes, names given twice", async () => {
    const common = { availability: "in_stock", in_stock: true };
    expect(summaryOf(await rowsOf(await fixture("ugly.csv")))).toEqual([
      {
        line: 2,
        item_id: "C-1",
        title: 'Pan; 12" wide\r\nand deep',
        image_link: "https://shop.example/1.jpg",
        category: "Home > Kitchen",
        price: "12.50",
        currency: "EUR",
        ...common,
        attributes: { note: ["one", "two"], "shipping(country:price)": "DE:4.95 EUR" },
      },
      {
        line: 4,
        item_id: "C-2",
        title: '12" pan',
        price: "1234.00",
        currency: "EUR",
        availability: "backorder",
        in_stock: false,
        attributes: {},
      },
      [6, "C-3", "price", said(/1,234 EUR/)],
      { line: 7, item_id: "C-4", title: "Short", attributes: {} },
      [8, null, "id", said(/missing/)],
      [9, "C-5", null, said(/10 cells/)],
      [10, "C-6", "price", said(/negative/)],
      [11, "C-7", "Availability", said(/"perhaps"/)],
      { line: 12, item_id: "C-1", title: "Other", price: "1.00", currency: "EUR", ...common, attributes: {} },
    ]);
  });

  it("of Google's tab-delimited form", async () => {
    const rows = summaryOf(await rowsOf(await fixture("google.tsv")));
    expect(rows).toMatchObject([
      { line: 2, item_id: "D-1", title: "Table, round", gtin: "0012345678905", description: "two\nlines" },
      { line: 4, item_id: "D-2", availability: "out_of_stock" },
    ]);
  });

  it("of JSON lines: names and prices of Google's APIs and of GA4, numbers past 2^53", async () => {
    expect(summaryOf(await rowsOf(await fixture("ugly.jsonl")))).toMatchObject([
      {
        item_id: "E-1",
        category: "Shoes > Run",
        price: "12.50",
        size: "41",
        attributes: { productTypes: ["New"], stock: 9007199254740993n },
      },
      { item_id: "7", category: "Wear > Hats", currency: "EUR", in_stock: true, attributes: { nested: { b: 1 } } },
      [4, null, null, said(/no JSON/)],
      [5, null, null, said(/no JSON object/)],
      { item_id: "E-4", price: "1234.50", currency: "USD", category: "A > B" },
      [7, "E-5", "price", said(/--currency/)],
      [8, "E-6", "title", said(/parts/)],
      { line: 9, item_id: "E-7", availability: "out_of_stock" },
    ]);
    const priced = await rowsOf(await fixture("ugly.jsonl"), { currency: "USD" });
    expect(summaryOf(priced)[5]).toMatchObject({ item_id: "E-5", price: "12.50", currency: "USD" });
  });

  it.each([
    ["UTF-16", Buffer.from("\ufeffid,title\nU-1,Öl\n", "utf16le"), {}],
    ["an encoding that is told", Buffer.from("id,title\nU-1,Öl\n", "latin1"), { encoding: "windows-1252" }],
  ])("in %s", async (_, bytes, options) => {
    expect(summaryOf(await rowsOf(bytes, options))).toMatchObject([{ item_id: "U-1", title: "Öl" }]);
  });

  it("in an encoding that is not told has bad rows, not damaged ones", async () => {
    const rows = summaryOf(await rowsOf(Buffer.from("id,title\nU-1,Öl\nU-2,Oil\n", "latin1")));
    expect(rows).toMatchObject([[2, "U-1", "title", said(/UTF-8/)], { item_id: "U-2" }]);
  });

  it("without products has no rows", async () => {
    expect(await rowsOf("")).toEqual([]);
    expect(await rowsOf("\n\n")).toEqual([]);
    expect(await rowsOf("id,title\r\n")).toEqual([]);
    expect(await rowsOf("<rss><channel><title>x</title></channel></rss>")).toEqual([]);
  });
});

describe("a feed as a whole is refused", () => {
  const gzipped = gzipSync(Buffer.from("id,title\n1,a\n".repeat(50)));
  it.each([
    ["cut off in gzip", gzipped.subarray(0, gzipped.length - 9), /cut off or damaged/],
    ["cut off in XML", "<rss><channel><item><g:id>1</g:id></item><item><g:id>2", /cut off/],
    ["XML with tags that do not match", "<rss><channel><item></b></item></channel></rss>", /no XML on line 1/],
    ["a page of HTML", "<!DOCTYPE html><html><body>404</body></html>", /its root is <html>/],
    ["cut off in JSON lines", '{"id":"1"}\n{"id":"2","ti', /line 2, its last/],
    ["one JSON array", '[{"id":"1"}]', /JSON array/],
    ["cut off in a row of CSV", "id,title,price\n1,a,5\n2,b", /last row, on line 3, has 2 of 3 cells/],
    ["a quote that is never closed", 'id,title\n1,a\n2,"b\n3,c\n', /line 3 has a quote/],
    ["CSV without an id", "name,price\na,5\n", /no column item_id, id.*but name, price/],
    ["zip", Buffer.from("PK\u0003\u0004rest"), /zip archive/],
    ["bytes", Buffer.from("id\u0000\u0001"), /zero bytes/],
  ])("%s", async (_, bytes, reason) => {
    const refused = expect(rowsOf(bytes)).rejects;
    await refused.toMatchObject({ code: "INPUT_FORMAT_INVALID", message: said(reason) });
  });

  it("with an encoding that nobody knows", async () => {
    await expect(rowsOf("id\n1\n", { encoding: "klingon" })).rejects.toMatchObject({ code: "INPUT_FORMAT_INVALID" });
  });

  it("with the error of what it is read from", async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from("id,title\n1,a\n");
      throw new TypeError("the disk is gone");
    }
    const { readFeed } = await import("../src/read-feed.ts");
    const read = async () => {
      for await (const _ of readFeed(broken(), { name: "a" }));
    };
    await expect(read()).rejects.toThrow("the disk is gone");
  });
});
