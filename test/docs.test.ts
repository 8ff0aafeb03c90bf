// docs/security.md names a test for each of its rows: the tests are there, under these names.
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'

const page = readFileSync('docs/security.md', 'utf8')
const ROWS = 60

const pathOf = (file: string): string => `test/${file}.test.ts`
const isTest = (file: string): boolean => file.includes('/') || file === 'packaging'
const sourceOf = (file: string): string =>
  existsSync(pathOf(file)) ? readFileSync(pathOf(file), 'utf8') : ''

t.test('each attack on the security page has its tests, by file and title', async (t) => {
  const rows = [...page.matchAll(/^\| (\d+) \| (.+) \|$/gm)]
  t.strictSame(
    rows.map(([, number]) => Number(number)),
    Array.from({ length: ROWS }, (_, at) => at + 1),
  )
  for (const [, number = '', text = ''] of rows) {
    const tests = text.split(' | ').at(-1) ?? ''
    const named = [...tests.matchAll(/`([\w/-]+)`(?: “([^”]+)”)?/g)].filter(([, file = '']) => isTest(file))
    t.ok(named.length > 0, `row ${number} names a test`)
    for (const [, file = '', title = `${number}. `] of named)
      t.ok(sourceOf(file).includes(title), `row ${number}: ${file} has a test “${title}”`)
  }
})

t.test('every file of tests that the page names is there', async (t) => {
  for (const [, file = ''] of page.matchAll(/`((?:agent|console|protocol|relay|system)\/[\w/-]+)`/g))
    t.ok(existsSync(pathOf(file)), file)
})
