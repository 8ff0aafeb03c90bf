// What several consoles of one home learn at the same moment: none takes away what another has written.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import t from 'tap'
import { Pins } from '../../console/pins.ts'

const HASH = 'h'.repeat(43)

/** A console that learns of twenty machines, one after the other, and keeps each. */
const LEARNS = `const [path, which, module] = process.argv.slice(1)
const { Pins } = await import(module)
const pins = new Pins(path)
for (let n = 10; n < 30; n++) {
  pins.set(('machine-' + which + '-' + n).padEnd(20, '_'), { name: 'm' + which + n, n: 0, hash: '${HASH}' })
  pins.save()
}`

t.test('consoles that learn at the same time keep it all', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'seen.json')
  const module = resolve('dist/console/pins.js')
  await Promise.all(
    [0, 1, 2, 3].map((which) =>
      execa(process.execPath, ['--input-type=module', '-e', LEARNS, path, String(which), module]),
    ),
  )
  const { machines } = JSON.parse(readFileSync(path, 'utf8'))
  t.equal(Object.keys(machines).length, 80)
  t.strictSame(readdirSync(folder), ['seen.json'], 'and nothing else is left behind')
})

t.test('one that died while it wrote holds nobody up for long', async (t) => {
  const path = join(t.testdir(), 'seen.json')
  writeFileSync(`${path}.lock`, '')
  const pins = new Pins(path)
  pins.set('m'.repeat(20), { name: 'web-1', n: 0, hash: HASH })
  pins.save()
  t.match(new Pins(path).get('m'.repeat(20)), { name: 'web-1' })
})
