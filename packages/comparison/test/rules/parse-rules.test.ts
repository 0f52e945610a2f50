import { describe, expect, it } from "vitest";
import { parseRules } from "../../src/rules/parse-rules.ts";

describe("rules of a file", () => {
  it("are refused with the place and the cause of every fault", () => {
    const malformed = {
      keys: "/orderId",
      time: "occurredAt",
      rules: [
        { path: "/c", tolerance: { abs: -1 } },
        { path: "/d", normalise: ["upper"] },
      ],
    };
    expect(parseRules(malformed)).toEqual({
      problems: [
        { place: "/keys", message: "is not known here" },
        { place: "/time", message: "must be a JSON pointer such as /items/*/price" },
        { place: "/rules/0/tolerance/abs", message: "must be a number ≥ 0" },
        { place: "/rules/1/normalise/0", message: "must be one of trim, case, unicode, time, number, null" },
      ],
    });
    const contradictory = {
      rules: [{ path: "/a", ignore: true, tolerance: { abs: 1 } }, { path: "/b" }, { path: "/b", tolerance: {} }],
    };
    expect(parseRules(contradictory)).toEqual({
      problems: [
        { place: "/key", message: "is missing; or set --key" },
        { place: "/rules/0", message: "ignores its path, so nothing else can hold there" },
        { place: "/rules/1", message: "says nothing: it needs ignore, tolerance, normalise or unordered" },
        { place: "/rules/2", message: "has the path of /rules/1; make them one rule" },
        { place: "/rules/2", message: "tolerance needs abs or rel" },
      ],
    });
    expect(parseRules("text")).toMatchObject({ problems: [{ place: "/" }] });
  });

  it("take the key of the command before that of the file", () => {
    const parsed = parseRules({ key: ["/a", "/b"] }, ["/order/id"]);
    expect(parsed).toMatchObject({ rules: { key: [["order", "id"]], numbers: "value" } });
  });
});
