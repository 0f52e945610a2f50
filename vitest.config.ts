import { defineConfig } from "vitest/config";

/**
 * The files of a worker share their modules: to load them anew for each file would cost half of the whole run. So a
 * test leaves nothing behind in what its file does not own; what Vitest replaced for it is put back.
 */
const shared = { isolate: false, restoreMocks: true, unstubEnvs: true, unstubGlobals: true };

/**
 * One project per kind of suite; `npm test` runs `unit`, `integration` and `cases`, the heavy ones have commands of
 * their own.
 */
export default defineConfig({
  test: {
    // Vitest leaves one processor free, which on two is half of them.
    maxWorkers: "100%",
    globalSetup: "test/build-programs.ts",
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/tidy/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          ...shared,
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: "cases",
          include: ["test/cases/**/*.test.ts"],
          globalSetup: "test/cases/cases-report.ts",
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...shared,
          name: "kafka",
          include: ["test/kafka/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...shared,
          name: "logs",
          include: ["test/logs/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...shared,
          name: "metrics",
          include: ["test/metrics/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...shared,
          name: "cdc",
          include: ["test/cdc/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...shared,
          name: "reconcile",
          include: ["test/reconcile/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...shared,
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          testTimeout: 3_600_000,
          hookTimeout: 60_000,
          // Load and faults are timed against each other: a second file would only make both slower.
          fileParallelism: false,
        },
      },
    ],
  },
});
