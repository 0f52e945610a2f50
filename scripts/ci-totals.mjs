// Adds up vitest's JSON reports: `node scripts/ci-totals.mjs <folder> <failed steps> <suite>…`. A suite without a
// report, a skipped test and a failed step that no test explains each count as a failure. What failed is told again:
// of a long log often only the end is kept. The last line is `N passed, N failed`.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Names each failed test of a file with its first message, and the file that failed outside its tests. */
function sayFailures(suite, { name, status, message, assertionResults }) {
  const file = relative(process.cwd(), name);
  const tests = assertionResults.filter((test) => test.status === "failed");
  if (status === "failed" && tests.length === 0) console.log(`failed: ${suite} ${file}\n${shortened(message)}`);
  for (const test of tests) {
    console.log(`failed: ${suite} ${file} > ${test.fullName}\n${shortened(test.failureMessages[0] ?? "")}`);
  }
}

function shortened(message) {
  return message.slice(0, 2_000).replaceAll(/^/gm, "  ");
}

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
    for (const file of report.testResults) sayFailures(suite, file);
  } catch (error) {
    console.log(`${suite}: no report (${error.message})`);
    failed += 1;
  }
}
if (failed === 0 && stepsFailed !== "0") console.log(`${stepsFailed} steps failed without a failed test`);
if (failed === 0) failed += Number(stepsFailed);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
