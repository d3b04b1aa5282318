// Prints one line per test of a vitest report in JSON: pass, fail or skip and its name, which ends with the database
// engine of the run where there is one, as the names of Go's tests do.
import { readFileSync } from 'node:fs'

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const engine = process.argv[3] ? `/${process.argv[3]}` : ''
const words = { passed: 'pass', failed: 'fail' }
let lines = 0
for (const file of report.testResults) {
  for (const test of file.assertionResults) {
    console.log(`${words[test.status] ?? 'skip'} console ${test.fullName.replaceAll('\n', ' ')}${engine}`)
    lines++
  }
  // A file that cannot be loaded has no tests of its own to fail.
  if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) {
    console.log(`fail console ${file.name}${engine}`)
    lines++
  }
}
if (lines === 0) {
  console.error('the report has no tests')
  process.exit(1)
}
