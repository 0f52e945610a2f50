import { AppError } from "@footfall/base";
import { expect, it } from "vitest";
import { guardLog } from "../src/guarded-log.ts";

it("logs when the log stops taking events, and when it takes them again: a line each, however many failed", async () => {
  const lines: unknown[] = [];
  let failure: AppError | undefined;
  const log = { append: () => (failure ? Promise.reject(failure) : Promise.resolve()) };
  const logger = {
    warn: (fields: object, message: string) => void lines.push(["warn", fields, message]),
    info: (fields: object, message: string) => void lines.push(["info", fields, message]),
  };
  const guarded = guardLog(log, { clock: () => 0, logger: logger as never, observeAppend: () => {} });
  await guarded.append("clicks", []);
  failure = new AppError("LOG_UNAVAILABLE", "No space left on device", { retriable: true });
  for (let request = 0; request < 100; request++) await expect(guarded.append("clicks", [])).rejects.toBe(failure);
  failure = undefined;
  for (let request = 0; request < 3; request++) await guarded.append("clicks", []);
  expect(lines).toEqual([
    ["warn", { error: expect.any(AppError) }, expect.stringContaining("takes no events")],
    ["info", { failedAppends: 100 }, "the log takes events again"],
  ]);
});
