import { writeFile } from "node:fs/promises";
import { AppError } from "@footfall/base";
import { temporaryFolder } from "@footfall/testkit";
import { Type } from "@sinclair/typebox";
import { describe, expect, it, onTestFinished } from "vitest";
import { describeConfig, readConfig, setting, sharedSettings } from "../src/index.ts";

const settings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_COLLECTOR_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8081,
    unit: "port",
    description: "Port to listen on.",
  }),
  token: setting({
    variable: "FOOTFALL_COLLECTOR_TOKEN",
    schema: Type.String(),
    default: undefined,
    unit: "",
    description: "A secret.",
    isSecret: true,
  }),
};

function problemsOf(environment: Record<string, string>): string {
  try {
    readConfig("collector", settings, environment);
  } catch (error) {
    if (error instanceof AppError && error.code === "CONFIG_INVALID") return error.message;
    throw error;
  }
  return "";
}

describe("readConfig", () => {
  it("takes defaults, converts text and freezes the result", () => {
    const config = readConfig("collector", settings, {
      FOOTFALL_COLLECTOR_PORT: "9000",
      FOOTFALL_COLLECTOR_TOKEN: "t",
    });
    expect(config).toMatchObject({ port: 9000, host: "127.0.0.1", token: "t" });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("lists every problem at once: bad values, missing ones and unknown names", () => {
    const problems = problemsOf({
      FOOTFALL_COLLECTOR_PORT: "many",
      FOOTFALL_COLECTOR_PORT: "1",
      FOOTFALL_LOG_LEVEL: "loud",
    });
    expect(problems).toContain("FOOTFALL_COLLECTOR_PORT: ");
    expect(problems).toContain("FOOTFALL_COLLECTOR_TOKEN is required");
    expect(problems).toContain("FOOTFALL_COLECTOR_PORT is not a setting of any app");
    expect(problems).toContain("FOOTFALL_LOG_LEVEL: ");
  });

  it("tells other apps' settings, and names of tests, from typing errors", () => {
    const environment = {
      FOOTFALL_COLLECTOR_TOKEN: "t",
      FOOTFALL_AGGREGATOR_PORT: "also a bad value is for the aggregator to see",
      FOOTFALL_KAFKA_BROKERS: "kafka:9092",
      FOOTFALL_DATA: "x",
      PATH: "/bin",
    };
    expect(problemsOf(environment)).toBe("");
    const { host } = sharedSettings;
    const { FOOTFALL_COLLECTOR_TOKEN: _, ...known } = environment;
    expect(readConfig("storefront", { host }, known)).toEqual({ host: "127.0.0.1" });
    expect(problemsOf({ ...environment, FOOTFALL_AGGREGATOR_PROT: "1" })).toContain("FOOTFALL_AGGREGATOR_PROT is not");
  });

  it("takes an empty value for the default, where it cannot be the value", () => {
    const environment = { FOOTFALL_COLLECTOR_PORT: "", FOOTFALL_HOST: "", FOOTFALL_COLLECTOR_TOKEN: "" };
    expect(readConfig("collector", settings, environment)).toMatchObject({ port: 8081, host: "127.0.0.1", token: "" });
  });

  it("masks secrets in the description", () => {
    const config = readConfig("collector", settings, { FOOTFALL_COLLECTOR_TOKEN: "hush" });
    expect(describeConfig(settings, config)).toMatchObject({
      FOOTFALL_COLLECTOR_TOKEN: "***",
      FOOTFALL_COLLECTOR_PORT: 8081,
    });
  });

  it("never shows a secret that has a fault", () => {
    const bounded = { token: { ...settings.token, schema: Type.String({ maxLength: 3 }) } };
    expect(() => readConfig("collector", bounded, { FOOTFALL_COLLECTOR_TOKEN: "hush" })).toThrow(/^(?![^]*hush)/);
  });
});

describe("a secret in a file", () => {
  async function fileOf(text: string): Promise<string> {
    const folder = await temporaryFolder();
    onTestFinished(() => folder.remove());
    await writeFile(`${folder.path}/token`, text);
    return `${folder.path}/token`;
  }

  it.each([
    ["hush\n", "hush"],
    ["hush\r\n", "hush"],
    ["hush", "hush"],
    ["two\nlines \n\n", "two\nlines \n"],
  ])("is %j without the line break at its end", async (text, token) => {
    const environment = { FOOTFALL_COLLECTOR_TOKEN_FILE: await fileOf(text), FOOTFALL_COLLECTOR_TOKEN: "" };
    expect(readConfig("collector", settings, environment)).toMatchObject({ token });
  });

  it("is refused beside the secret itself, and where the file cannot be read", async () => {
    const file = await fileOf("hush");
    const both = problemsOf({ FOOTFALL_COLLECTOR_TOKEN_FILE: file, FOOTFALL_COLLECTOR_TOKEN: "t" });
    expect(both).toContain("FOOTFALL_COLLECTOR_TOKEN and FOOTFALL_COLLECTOR_TOKEN_FILE are both given");
    const absent = problemsOf({ FOOTFALL_COLLECTOR_TOKEN_FILE: `${file}.absent` });
    expect(absent).toContain(`FOOTFALL_COLLECTOR_TOKEN_FILE: ${file}.absent cannot be read (ENOENT)`);
  });

  it("can be given of every app's secrets, and of nothing else", () => {
    const environment = { FOOTFALL_COLLECTOR_TOKEN: "t", FOOTFALL_CDC_URL_FILE: "/run/secrets/cdc-url" };
    expect(problemsOf(environment)).toBe("");
    expect(problemsOf({ ...environment, FOOTFALL_HOST_FILE: "/etc/host" })).toContain("FOOTFALL_HOST_FILE is not");
  });
});
