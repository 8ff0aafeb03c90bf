// docs/keys.md says what the UI obeys: made from the same table, written anew by `npx tap --snapshot` on this file.
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { keysPage, SECTIONS } from '../../../console/ui/keys.ts'

const FILE = 'docs/keys.md'

void t.test('docs/keys.md is made from the table of keys', async (t) => {
  if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(FILE, keysPage())
  t.equal(readFileSync(FILE, 'utf8'), keysPage())
})

void t.test('no key means two things on one page', async (t) => {
  for (const { title, keys } of SECTIONS) {
    const names = keys.flatMap(({ key }) => key)
    t.strictSame(names, [...new Set(names)], title)
  }
})
