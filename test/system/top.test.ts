// `rconsole top` on a real terminal: a page that is drawn again and again, and the terminal as it was afterwards.
import { resolve } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { noTmux as skip, Window } from '../window.ts'
import { world } from '../world.ts'

t.test('top draws, follows what happens, and gives the terminal back', { skip }, async (t) => {
  const w = await world(t, 'web-1', 'web-2')
  const window = new Window(t)
  const program = `RCONSOLE_HOME=${w.home} RCONSOLE_RELAY=${w.url} node ${resolve('dist', 'console', 'main.js')}`
  await window.shows(/^ready$/m)
  window.run(`${program} top web-1 --every 500ms; echo status $?`)
  await window.shows(/^web-1\ncpu .*\nmemory [^]* PID +USER/)
  t.equal(window.modes.split(',').slice(0, 2).join(), '1,0')
  const before = window.text
  await until(() => window.text !== before, 'it is drawn again')
  window.keys('q')
  await window.shows(/^status 0$/m)
  t.equal(window.modes, '0,1,0,0,0')
  window.run(`clear; ${program} top @all --every 500ms; echo status $?`)
  await window.shows(/^NAME +CPU [^]*^web-1 +\d+%[^]*^web-2 +\d+%/m)
  await w.agents[1]?.stop('SIGKILL')
  window.keys('C-c')
  await window.shows(/^status 0$/m)
  t.equal(window.modes, '0,1,0,0,0')
})
