import { isatty } from "node:tty";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Type } from "@sinclair/typebox";
import { type Logger, operatorPortSetting, runMain, setting, sharedSettings, startApp } from "../src/index.ts";

const settings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_MONITOR_PORT",
    schema: Type.Integer(),
    default: 0,
    unit: "port",
    description: "Port.",
  }),
  operatorPort: operatorPortSetting("monitor", 0),
};
const environment = { FOOTFALL_LOG_LEVEL: "silent", FOOTFALL_STORAGE_DIR: "/storage" };
const signals = ["SIGTERM", "SIGINT", "SIGHUP", "uncaughtException", "unhandledRejection"] as const;
const before = new Map(signals.map((name) => [name, process.listeners(name as "SIGTERM")]));
const exit = vi.fn();
const kill = vi.fn();

beforeEach(() => {
  exit.mockClear();
  kill.mockClear();
  vi.spyOn(process, "kill").mockImplementation(kill as never);
  vi.spyOn(process, "exit").mockImplementation(exit as never);
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const [name, listeners] of before) {
    for (const listener of process.listeners(name as "SIGTERM")) {
      if (!listeners.includes(listener)) process.off(name, listener);
    }
  }
});

it("serves what is created, and on a signal ends services first, then what was opened, the last of it first", async () => {
  const ended: string[] = [];
  const part = (name: string) => ({ name, close: () => void ended.push(name) });
  await startApp("monitor", settings, environment, async ({ config, folders, opened }) => {
    expect(config.logLevel).toBe("silent");
    expect(folders.log).toBe("/storage/log");
    expect(opened(part("log")).name).toBe("log");
    opened(part("lake"));
    return [{ name: "monitor", health: () => [], stop: async () => void ended.push("service") }];
  });
  process.emit("SIGTERM");
  await vi.waitFor(() => expect(exit).toHaveBeenCalledWith(0));
  expect(ended).toEqual(["service", "lake", "log"]);
});

it("ends with what is wrong with its settings before anything is made", async () => {
  const create = vi.fn();
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await startApp("monitor", settings, { FOOTFALL_MONITOR_PORT: "many", FOOTFALL_NONSENSE: "1" }, create);
  expect(exit).toHaveBeenCalledWith(78);
  expect(create).not.toHaveBeenCalled();
  expect(written.mock.calls.join()).toMatch(/FOOTFALL_MONITOR_PORT[^]*FOOTFALL_NONSENSE/);
});

it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "tells that it stops on %s, and ends when all has ended",
  async (signal) => {
    const logger = { info: vi.fn(), fatal: vi.fn() };
    let finish = (): void => {};
    const stop = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    await runMain(async () => ({ logger: logger as unknown as Logger, running: { stop } }));
    process.emit(signal, signal);
    expect(logger.info).toHaveBeenCalledWith({ signal }, "stopping");
    process.emit("SIGHUP", "SIGHUP");
    expect([exit, kill].some((ending) => ending.mock.calls.length > 0)).toBe(false);
    finish();
    // In a terminal that is gone, Node can only be ended by the signal itself.
    await vi.waitFor(() => expect([...exit.mock.calls, ...kill.mock.calls]).toHaveLength(1));
    expect(signal === "SIGHUP" && [0, 1, 2].some((stream) => isatty(stream)) ? kill : exit).toHaveBeenCalled();
    expect(stop).toHaveBeenCalledTimes(1);
    process.emit("SIGTERM", "SIGTERM");
    expect(exit).toHaveBeenLastCalledWith(130);
  },
);
