// docs/performance.md says what was measured, and nothing else.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { made } from '../bench/document.ts'

t.test('the table is made from the results in bench/results', async (t) => {
  const text = readFileSync('docs/performance.md', 'utf8')
  t.equal(text, made())
  for (let n = 1; n <= 11; n++) t.match(text, `| P${n} |`, `P${n} is in it`)
})
