// A run of the UI on real machines: begun, folded, saved and left; what came of it is there for rconsole.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { noTmux as skip, Window } from '../window.ts'
import { world } from '../world.ts'

void t.test('r runs a line on the marked machines, and their answers fold', { skip }, async (t) => {
  const w = await world(t, 'web-1', 'web-2')
  const window = new Window(t)
  await window.shows(/^ready$/m)
  window.run(`RCONSOLE_HOME=${w.home} RCONSOLE_RELAY=${w.url} node ${resolve('dist/console/main.js')}`)
  await window.shows(/web-1 +online[^]*web-2 +online/)
  window.keys('a', 'r')
  await window.shows(/on 2 machines:[^]*web-\[1-2\]/)
  window.run('printf "one\\ntwo\\n"; exit 4')
  await window.shows(/▶ 2 machines {2}exit 4 {2}web-\[1-2\]\n {2}one\n {2}two/)
  window.keys('w')
  await window.shows(/save to folder/)
  window.run(join(w.folder, 'saved'))
  await window.shows(/2 files in/)
  t.equal(readFileSync(join(w.folder, 'saved', 'web-2'), 'utf8'), 'one\ntwo\n')
  window.keys('Escape')
  await window.shows(/Enter open/)
  window.keys('r')
  await window.shows(/on 2 machines:/)
  window.run('sleep 100')
  await window.shows(/▶ 2 machines {2}(?:started|running)/)
  window.keys('Escape')
  await window.shows(/Enter open/)
  window.keys('J')
  await window.shows(/running 0\/2 +2 +sleep 100\n.*over, 2 failed +2 +printf/)
  window.keys('Enter')
  await window.shows(/▶ 2 machines/)
  window.keys('C-c')
  await window.shows(/This ends the run on 2 machines/)
  window.run('2')
  await window.shows(/▶ 2 machines {2}cancelled/)
  const lines = (await w.ok(['runs', '--json'])).trim().split('\n')
  const states = lines.map((line) => JSON.parse(line).state)
  t.strictSame(
    states.toSorted((one, other) => one.localeCompare(other)),
    ['cancelled', 'cancelled', 'done', 'done'],
  )
})
