// Adds up the reports of `ci-report.mjs`: `node scripts/ci-totals.mjs <folder> <failed steps> <suite>…`. A suite
// without a report, a skipped test and a failed step that no test explains each count as a failure. What failed is told
// again: of a long log often only the end is kept. The last line is `N passed, N failed`.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, stepsFailed, ...suites] = process.argv.slice(2);
let passed = 0;
let failed = 0;

for (const suite of suites) {
  try {
    const report = JSON.parse(readFileSync(join(folder, `${suite}.json`), "utf8"));
    const isEmpty = report.passed + report.skipped + report.failures.length === 0;
    if (report.skipped > 0) console.log(`${suite}: ${report.skipped} skipped, which counts as failed here`);
    if (isEmpty) console.log(`${suite}: no test ran, which counts as failed here`);
    passed += report.passed;
    failed += report.failures.length + report.skipped + (isEmpty ? 1 : 0);
    for (const { what, why } of report.failures) {
      console.log(`failed: ${suite} ${what}\n${why.slice(0, 2_000).replaceAll(/^/gm, "  ")}`);
    }
  } catch (error) {
    console.log(`${suite}: no report (${error.message})`);
    failed += 1;
  }
}
if (failed === 0 && stepsFailed !== "0") console.log(`${stepsFailed} steps failed without a failed test`);
if (failed === 0) failed += Number(stepsFailed);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
