import { readConfig } from "@footfall/runtime";
import { expect, test } from "vitest";
import { readRemoteWriteTarget, remoteWriteSettings } from "../../src/remote-write/remote-write-settings.ts";

const settings = remoteWriteSettings("monitor");

function targetOf(values: Record<string, string>) {
  const environment = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`FOOTFALL_MONITOR_REMOTE_WRITE_${name}`, value]),
  );
  return readRemoteWriteTarget("monitor", readConfig("monitor", settings, environment));
}

const url = "http://prometheus:9090/api/v1/write";

test("a receiver is named by its address, with a token, a login or neither", () => {
  expect(targetOf({})).toBeUndefined();
  expect(targetOf({ URL: url })).toEqual({ url, authorization: undefined });
  expect(targetOf({ URL: url, BEARER_TOKEN: "t" })).toEqual({ url, authorization: "Bearer t" });
  expect(targetOf({ URL: url, USERNAME: "u", PASSWORD: "p:ä" })).toEqual({
    url,
    authorization: `Basic ${Buffer.from("u:p:ä").toString("base64")}`,
  });
});

test.each([
  [{ URL: "prometheus:9090" }, "URL must be an address"],
  [{ URL: "http://" }, "URL must be an address"],
  [{ URL: "http://u:p@prometheus" }, "URL holds credentials"],
  [{ URL: url, BEARER_TOKEN: "t", USERNAME: "u" }, "take one"],
  [{ URL: url, PASSWORD: "p" }, "no …_USERNAME"],
  [{ BEARER_TOKEN: "t" }, "URL is missing"],
])("%j is refused, and no secret is said", (values, problem) => {
  expect(() => targetOf(values)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  expect(() => targetOf(values)).toThrow(problem);
});
