import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeEnvelope, encodeEnvelope } from "../src/index.ts";

const folder = new URL("../../../fixtures/events/v1/", import.meta.url);

/** What a log may hold since version 1. These files are never changed or made anew; a later version adds a folder. */
describe("envelopes of version 1", () => {
  const files = readdirSync(folder);
  it("are there", () => expect(files.length).toBeGreaterThanOrEqual(3));

  it.each(files)("%s stays readable", (file) => {
    const text = readFileSync(new URL(file, folder), "utf8");
    const decoded = decodeEnvelope(text);
    expect(decoded).toEqual({ ok: true, envelope: JSON.parse(text) });
    if (decoded.ok) expect(JSON.parse(encodeEnvelope(decoded.envelope))).toEqual(JSON.parse(text));
  });
});

describe("a poison record", () => {
  it.each([["{"], ["[]"], ['{"v":2}'], ["null"]])("%s is a rejection, not an exception", (text) => {
    expect(decodeEnvelope(text).ok).toBe(false);
  });
});
