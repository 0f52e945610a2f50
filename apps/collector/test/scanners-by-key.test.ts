import { describe, expect, it } from "vitest";
import { ScannersByKey } from "../src/scanners-by-key.ts";

describe("ScannersByKey", () => {
  it("gives each key its own, and forgets the one that was not used for longest", () => {
    const scanners = new ScannersByKey();
    const first = scanners.of("first");
    const second = scanners.of("second");
    expect(second).not.toBe(first);
    for (let number = 0; number < 254; number += 1) scanners.of(`key-${number}`);
    expect(scanners.of("first")).toBe(first);
    scanners.of("one too many");
    expect(scanners.of("first")).toBe(first);
    expect(scanners.of("second")).not.toBe(second);
  });
});
