import { getEventListeners } from "node:events";
import { AppError } from "@footfall/base";
import { expect, it } from "vitest";
import { within } from "../src/spool/within.ts";

const unavailable = { code: "LOG_UNAVAILABLE", retriable: true };

it("leaves no listener on the signal, whichever way it ends", async () => {
  const { signal } = new AbortController();
  await within(Promise.resolve(1), 60_000, signal);
  await expect(within(Promise.reject(new AppError("INTERNAL", "no")), 60_000, signal)).rejects.toThrow("no");
  await expect(within(new Promise(() => {}), 1, signal)).rejects.toMatchObject(unavailable);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

it("gives up at the signal, also one that came before", async () => {
  const ending = new AbortController();
  const waiting = within(new Promise(() => {}), 60_000, ending.signal);
  ending.abort();
  await expect(waiting).rejects.toMatchObject(unavailable);
  await expect(within(new Promise(() => {}), 60_000, ending.signal)).rejects.toMatchObject(unavailable);
  expect(getEventListeners(ending.signal, "abort")).toHaveLength(0);
});
