import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError, assertInvariant, errorCodeOf, InvariantError, isRetriable } from "../src/index.ts";

describe("AppError", () => {
  it("carries code, context, cause and whether to retry", () => {
    const cause = new Error("disk");
    const error = new AppError("LOG_UNAVAILABLE", "Full.", { retriable: true, context: { topic: "clicks" }, cause });
    expect(error).toMatchObject({ code: "LOG_UNAVAILABLE", retriable: true, context: { topic: "clicks" }, cause });
    expect(isRetriable(error)).toBe(true);
    expect(errorCodeOf(error)).toBe("LOG_UNAVAILABLE");
  });

  it("is never retriable by accident: any other value is final and internal", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(isRetriable(value)).toBe(false);
        expect(errorCodeOf(value)).toBe("INTERNAL");
      }),
    );
  });
});

describe("assertInvariant", () => {
  it("throws its own kind of error, so that nobody takes it for an expected one", () => {
    expect(() => assertInvariant(false, "offsets go backwards")).toThrow(InvariantError);
    expect(() => assertInvariant(true, "")).not.toThrow();
  });
});
