// Adds up vitest's JSON reports: `node scripts/ci-totals.mjs <folder> <failed steps> <suite>…`. A suite without a
// report, a skipped test and a failed step that no test explains each count as a failure. The last line is `N passed, N
// failed`.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, stepsFailed, ...suites] = process.argv.slice(2);
let passed = 0;
let failed = 0;

for (const suite of suites) {
  try {
    const report = JSON.parse(readFileSync(join(folder, `${suite}.json`), "utf8"));
    const skipped = report.numPendingTests + report.numTodoTests;
    if (skipped > 0) console.log(`${suite}: ${skipped} skipped, which counts as failed here`);
    if (report.numTotalTests === 0) console.log(`${suite}: no test ran, which counts as failed here`);
    passed += report.numPassedTests;
    failed += report.numFailedTests + skipped + (report.numTotalTests === 0 ? 1 : 0);
    failed += report.success || report.numFailedTests > 0 ? 0 : 1;
  } catch (error) {
    console.log(`${suite}: no report (${error.message})`);
    failed += 1;
  }
}
if (failed === 0) failed += Number(stepsFailed);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
