import { expect, test } from "vitest";
import { advanceSession, formatSession, readSession, sessionIdleMaxMs, sessionLengthMaxMs } from "../src/session.ts";

const ids = () => {
  let count = 0;
  return () => `s${(count += 1)}`;
};

test("events within 30 minutes share a session and are numbered from 1", () => {
  const newId = ids();
  const first = advanceSession(undefined, 1_000, newId);
  const second = advanceSession(first, 1_000 + sessionIdleMaxMs - 1, newId);
  expect([first.id, first.seq, second.id, second.seq]).toEqual(["s1", 1, "s1", 2]);
});

test("30 idle minutes end it, and numbers start again", () => {
  const newId = ids();
  const first = advanceSession(undefined, 1_000, newId);
  const next = advanceSession(first, 1_000 + sessionIdleMaxMs, newId);
  expect([next.id, next.seq, next.startedAtMs]).toEqual(["s2", 1, 1_000 + sessionIdleMaxMs]);
});

test("24 hours end it, however busy it is", () => {
  const newId = ids();
  let session = advanceSession(undefined, 0 + 1, newId);
  for (let t = 60_000; t < sessionLengthMaxMs; t += 60_000) session = advanceSession(session, t, newId);
  expect(session.id).toBe("s1");
  expect(advanceSession(session, sessionLengthMaxMs + 1, newId).id).toBe("s2");
});

test("a clock set back by a day does not keep a session for ever", () => {
  const newId = ids();
  const first = advanceSession(undefined, 90_000_000, newId);
  expect(advanceSession(first, 90_000_000 - 1_000, newId).id).toBe("s1");
  expect(advanceSession(first, 1_000_000, newId).id).toBe("s2");
});

test("the stored form is read back, and anything else is no session", () => {
  const session = { id: "a-b", startedAtMs: 5, lastAtMs: 7, seq: 3 };
  expect(readSession(formatSession(session))).toEqual(session);
  for (const text of [null, "", "x", "x,1,2", "x,1,2,zero", ",1,2,3", "{}"]) expect(readSession(text)).toBeUndefined();
});
