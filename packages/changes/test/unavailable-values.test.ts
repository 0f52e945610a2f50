import { describe, expect, test } from "vitest";
import { readChange, type Row, unavailableValue } from "../src/index.ts";

const bytes = [...Buffer.from(unavailableValue)];
const base64 = Buffer.from(unavailableValue).toString("base64");

function read(connector: string, after: Row): Row | undefined {
  const source = { connector, schema: "public", table: "products", ts_ms: 1, sequence: '["1","2"]' };
  const value = Buffer.from(JSON.stringify({ before: after, after, source, op: "u" }));
  const change = readChange({ key: '{"id":1}', value });
  if (change.is !== "change") throw new Error(JSON.stringify(change));
  expect(change.change.before).toEqual(change.change.after);
  return change.change.after;
}

describe("values that Debezium was not sent", () => {
  test("are one word, whatever the column's type", () => {
    const after = {
      text: unavailableValue,
      bytea: base64,
      texts: [unavailableValue],
      numbers: bytes,
      byteas: [base64],
    };
    const { text, bytea, texts, numbers, byteas } = read("postgresql", after)!;
    expect([text, bytea, texts, numbers, byteas]).toEqual(Array(5).fill(unavailableValue));
  });

  test("are not what only looks like it", () => {
    const after = {
      id: 1,
      gone: null,
      text: `${base64}=`,
      none: [],
      one: ["a"],
      two: [unavailableValue, unavailableValue],
      numbers: bytes.slice(1),
      others: bytes.map((byte) => byte + 1),
    };
    expect(read("postgresql", after)).toEqual(after);
    const own = { bytea: base64, numbers: bytes };
    expect(read("footfall", own)).toEqual(own);
  });
});
