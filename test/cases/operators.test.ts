import { rm } from "node:fs/promises";
import { join } from "node:path";
import { openModelStore } from "@footfall/models";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { showCase } from "./cases-report.ts";

const patience = { deadlineMs: 30_000 };
let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

describe("what operators do to it", () => {
  it("ends a training run whose lock somebody deleted", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const store = openModelStore(folder.path, "demo");
    const lock = await store.lockTraining();
    await rm(join(store.folder, ".training.lock"), { recursive: true });
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    await waitFor(() => lock.lost.aborted, patience);
    expect(lock.lost.reason).toMatchObject({ code: "MODEL_TRAINING_LOCKED", retriable: true });
    await showCase("the lock of a training run is deleted", "the run ends: MODEL_TRAINING_LOCKED, nothing published");
  });
});
