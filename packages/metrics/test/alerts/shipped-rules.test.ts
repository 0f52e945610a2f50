import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type Condition, parseRules } from "../../src/alerts/rule-file.ts";
import { testRules } from "../../src/alerts/rule-tests/test-rules.ts";

const root = new URL("../../../../", import.meta.url);
const read = (path: string): unknown => parse(readFileSync(new URL(path, root), "utf8"));
const ruleFile = read("deploy/alerts.yml");

function shipped() {
  const parsed = parseRules(ruleFile);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.rules;
}

function metricsOf(condition: Condition): string[] {
  if (condition.kind === "ratio") return [condition.numerator.name, condition.denominator.name];
  return "metric" in condition ? [condition.metric.name] : [];
}

function sources(folder: "apps" | "packages"): string {
  return readdirSync(new URL(folder, root))
    .flatMap((name) => {
      const files = readdirSync(new URL(`${folder}/${name}/src`, root), { recursive: true, encoding: "utf8" });
      return files.filter((file) => file.endsWith(".ts")).map((file) => `${folder}/${name}/src/${file}`);
    })
    .map((path) => readFileSync(new URL(path, root), "utf8"))
    .join("\n");
}

test("the shipped rules pass their own tests", () => {
  const result = testRules(ruleFile, read("deploy/alerts.test.yml"));
  expect(result.problems).toEqual([]);
  expect(result.failures).toEqual([]);
  expect(result.checks).toBeGreaterThan(15);
});

test("each shipped rule says what is wrong and names a page of the runbook that is there", () => {
  for (const { name, annotations, labels } of shipped()) {
    // A query of log lines is for those that do not carry the job they are about.
    const texts = Object.keys(annotations).filter((text) => text !== "logs");
    expect(texts, name).toEqual(["summary", "description", "runbook_url"]);
    expect(["critical", "warning", "info", "none"], name).toContain(labels["severity"]);
    expect(readFileSync(new URL(annotations["runbook_url"]!, root), "utf8"), name).not.toBe("");
  }
});

test("each metric of the shipped rules is one that a program has", () => {
  const code = `${sources("apps")}${sources("packages")}`;
  const used = new Set(shipped().flatMap(({ condition }) => metricsOf(condition)));
  used.delete("up");
  expect(used.size).toBeGreaterThan(8);
  for (const name of used) {
    // Names are put together from the app's prefix and the rest.
    const rest = name.replace(/^footfall_(aggregator|recommender)_/, "");
    expect(code.includes(`"${name}"`) || code.includes(`"${rest}"`), name).toBe(true);
  }
});
