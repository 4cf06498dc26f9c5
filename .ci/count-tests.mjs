// Runs `npm test` as the README says, and ends with the line that the gate adds up. A skipped test counts as failed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const file = join(mkdtempSync(join(tmpdir(), 'millrace-tests-')), 'report.json')
const { status } = spawnSync('npm', ['test', '--silent', '--', '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`], {
  stdio: 'inherit',
})
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(file, 'utf8'))
for (const { name, message, assertionResults } of testResults) {
  if (message) process.stdout.write(`${name}: ${message}\n`)
  for (const one of assertionResults) {
    if (one.status !== 'passed')
      process.stdout.write(`${one.status}: ${name}: ${one.fullName}\n${(one.failureMessages ?? []).join('\n')}\n`)
  }
}
const broken = testResults.filter(({ status: state, assertionResults }) => state === 'failed' && assertionResults.length === 0).length
const failed = numFailedTests + numPendingTests + numTodoTests + broken
process.stdout.write(`${numPassedTests} passed, ${failed === 0 && status !== 0 ? 1 : failed} failed\n`)
process.exitCode = failed === 0 ? (status ?? 1) : 1
