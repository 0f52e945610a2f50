import { describe, expect, it } from "vitest";
import { allowsOrigin } from "../src/index.ts";
import { normalizeOrigin } from "../src/origins.ts";

describe("normalizeOrigin", () => {
  it.each([
    ["https://shop.example/", "https://shop.example"],
    [" HTTPS://Shop.Example ", "https://shop.example"],
    ["https://shop.example:443", "https://shop.example"],
    ["http://shop.example:8080/", "http://shop.example:8080"],
    ["https://müller.example", "https://xn--mller-kva.example"],
    ["https://*.Shop.example/", "https://*.shop.example"],
    ["https://*.shop.example:8443", "https://*.shop.example:8443"],
    ["http://localhost:*", "http://localhost:*"],
    ["http://[::1]:3000", "http://[::1]:3000"],
    ["capacitor://localhost", "capacitor://localhost"],
    ["*", "*"],
    ["null", "null"],
  ])("%s: %s", (text, expected) => {
    expect(normalizeOrigin(text)).toBe(expected);
    expect(normalizeOrigin(expected)).toBe(expected);
  });

  it.each([
    ["shop2.example", "https://shop2.example"],
    ["//shop.example", "https://shop.example"],
    ["*.shop.example", "https://*.shop.example"],
    ["https://*shop.example", "https://*.shop.example"],
    ["https://shop.*", "https://shop.example"],
    ["https://a.*.example", "https://shop.example"],
    ["https://*", "https://shop.example"],
    ["https://shop.example/de", "https://shop.example"],
    ["https://shop.example?x=1", "https://shop.example"],
    ["https://shop.example:99999", "https://shop.example:99999"],
    ["localhost:3000", "https://localhost:3000"],
    ["", "https://shop.example"],
  ])("refuses %j, and says to write %s", (text, instead) => {
    expect(() => normalizeOrigin(text)).toThrow(`write "${instead}"`);
  });
});

describe("allowsOrigin", () => {
  const list = [
    "https://shop.example",
    "https://*.shop3.example",
    "http://localhost:*",
    "https://*.shop4.example:8443",
  ];

  it.each([
    "https://shop.example",
    "https://www.shop3.example",
    "https://a.b.shop3.example",
    "http://localhost",
    "http://localhost:5173",
    "https://www.shop4.example:8443",
  ])("lets %s in", (origin) => expect(allowsOrigin(list, origin)).toBe(true));

  it.each([
    "https://shop3.example",
    "https://evilshop3.example",
    "https://www.shop3.example.evil.example",
    "https://www.shop3.example:444",
    "http://www.shop3.example",
    "https://evil.example/.shop3.example",
    "https://evil.example#.shop3.example",
    "https://user@www.shop3.example",
    "https://localhost:5173",
    "http://localhost:x",
    "http://localhost.evil.example:80",
    "https://www.shop4.example",
    "null",
    "",
  ])("keeps %j out", (origin) => expect(allowsOrigin(list, origin)).toBe(false));

  it("lets every origin in where the list says so", () => {
    expect(allowsOrigin(["*"], "https://any.example")).toBe(true);
    expect(allowsOrigin([], "https://any.example")).toBe(false);
  });
});
