// A reporter of vitest that writes to the file `CI_REPORT` what `ci-totals.mjs` adds up. Vitest's own report in JSON
// says nothing of an error in a hook of a `describe`, whose tests are merely skipped there.
import { writeFileSync } from "node:fs";

export default class CiReport {
  onTestRunEnd(modules, unhandledErrors) {
    const report = { passed: 0, skipped: 0, failures: [] };
    const fail = (what, errors) => report.failures.push({ what, why: errors.map(textOf).join("\n") });
    for (const module of modules) {
      const file = module.relativeModuleId;
      if (module.errors().length > 0) fail(file, module.errors());
      for (const suite of module.children.allSuites()) {
        if (suite.errors().length > 0) fail(`${file} > ${suite.fullName}`, suite.errors());
      }
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === "passed") report.passed += 1;
        else if (state === "failed") fail(`${file} > ${test.fullName}`, errors);
        else report.skipped += 1;
      }
    }
    if (unhandledErrors.length > 0) fail("outside any test", unhandledErrors);
    writeFileSync(process.env.CI_REPORT, JSON.stringify(report));
  }
}

/** The error, and the lines of our own code that it came through. */
function textOf({ message, stack = "" }) {
  const places = stack.split("\n").filter((line) => line.startsWith("    at ") && !line.includes("node_modules"));
  return [message, ...places].join("\n");
}
