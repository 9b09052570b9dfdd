// A vitest reporter which leaves the counts of a run, as JSON, in the file that CHECK_COUNTS_FILE names.
import { writeFileSync } from 'node:fs';

/** Counts tests; a file that could not be run and an error outside of any test count as one failure each. */
export function count(testModules, unhandledErrors) {
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const testModule of testModules) {
    let failedTests = 0;
    for (const test of testModule.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed++;
      else if (state === 'skipped') counts.skipped++;
      else failedTests++; // `pending`: its worker died first
    }
    const isDone = testModule.state() === 'passed' || testModule.state() === 'skipped';
    counts.failed += isDone ? failedTests : Math.max(failedTests, 1);
  }
  return counts;
}

export default class CountReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const file = process.env.CHECK_COUNTS_FILE;
    if (file !== undefined) writeFileSync(file, JSON.stringify(count(testModules, unhandledErrors)));
  }
}
