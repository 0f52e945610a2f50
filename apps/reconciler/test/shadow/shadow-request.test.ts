import { describe, expect, it } from "vitest";
import { parseShadowRequest } from "../../src/shadow/shadow-request.ts";

describe("a request of a file", () => {
  it("is a path, JSON of it, or an object with a body; the key goes apart", () => {
    const path = "/recommendations?itemId=a%20b&exclude=x,y";
    expect(parseShadowRequest(path, "f:1")).toEqual({ path });
    expect(parseShadowRequest(JSON.stringify(path), "f:1")).toEqual({ path });
    expect(parseShadowRequest(' {"path":"/recommendations?key=k","body":{"limit":3}}\r', "f:1")).toEqual({
      path: "/recommendations",
      key: "k",
      body: '{"limit":3}',
    });
    expect(parseShadowRequest("/recommendations?key=a%2Bb&itemId=x&keyword=k&key", "f:1")).toEqual({
      path: "/recommendations?itemId=x&keyword=k",
      key: "a+b",
    });
  });

  it.each([
    ["recommendations?itemId=a", "neither a path nor JSON"],
    ['{"itemId":"a"}', "a request is a path"],
    ["null", "a request is a path"],
    ["/recommendations?itemId=ä", "escaped as in an address"],
    ["//elsewhere/recommendations", "a request is a path"],
    ["/v1/events", "only /recommendations is asked"],
    ["/recommendations/../v1/events", "only /recommendations is asked"],
    ['{"path":"/recommendations","body":[1]}', "must be a JSON object"],
  ])("is refused with its place: %s", (line, message) => {
    expect(() => parseShadowRequest(line, "f:3")).toThrow(
      expect.objectContaining({ code: "INPUT_FORMAT_INVALID" }) as Error,
    );
    expect(() => parseShadowRequest(line, "f:3")).toThrow(message);
    expect(() => parseShadowRequest(line, "f:3")).toThrow("f:3: ");
  });
});
