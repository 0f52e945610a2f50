import { AppError } from "@footfall/base";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FullDiskGuard } from "../src/embedded/full-disk-guard.ts";

const full = new AppError("LOG_UNAVAILABLE", "No space left on device", { retriable: true });

describe("FullDiskGuard", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("lets nothing through after a failure on a full disk, until there is room", () => {
    let freeBytes = 0;
    const guard = new FullDiskGuard(() => freeBytes);
    guard.assertProspect();
    guard.noteFailure(full);
    for (let append = 0; append < 100; append++) expect(() => guard.assertProspect()).toThrow(full);
    freeBytes = 1024 * 1024;
    guard.assertProspect();
    guard.assertProspect();
  });

  it("tries once in a while without more room, for the file may have freed some of its own", () => {
    const guard = new FullDiskGuard(() => 0);
    guard.noteFailure(full);
    expect(() => guard.assertProspect()).toThrow(full);
    vi.advanceTimersByTime(5_000);
    guard.assertProspect();
    guard.noteFailure(full);
    expect(() => guard.assertProspect()).toThrow(full);
  });

  it("does not stand in the way of what failed for another reason", () => {
    const guard = new FullDiskGuard(() => 1024 ** 3);
    guard.noteFailure(full);
    guard.assertProspect();
  });
});
