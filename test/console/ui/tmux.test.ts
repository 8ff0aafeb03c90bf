// The UI in a real terminal: tmux on a socket of its own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { noTmux as skip, Window } from '../../window.ts'

const PROGRAM = fileURLToPath(new URL('../../fixtures/ui.js', import.meta.url))

const CLEAN = '0,1,0,0,0'

void t.test('in tmux: it draws, stops and comes back, and quits', { skip }, async (t) => {
  const window = new Window(t)
  await window.shows(/^ready$/m)
  window.run(`node ${PROGRAM}`)
  await window.shows(/q quit/)
  t.match(window.text, /^ {3}gw-0001 +killed by alice/m)
  t.equal(window.get('alternate_on'), '1')
  window.keys('Y')
  await window.shows(/copied: rconsole ls/)
  t.equal(window.copied, 'rconsole ls')
  window.keys('j', 'Down', 'p')
  await window.shows(/^gw-0001>/m)
  window.keys('C-z')
  await window.shows(/Stopped/)
  t.equal(window.modes, CLEAN)
  window.run('fg; echo status $?')
  await window.shows(/^gw-0001>/m)
  window.keys('Escape')
  await window.shows(/q quit/)
  window.keys('q')
  await window.shows(/^status 0$/m)
  t.equal(window.modes, CLEAN)
})

void t.test('in tmux: a signal and a crash leave the terminal as it was', { skip }, async (t) => {
  const window = new Window(t)
  const pidFile = join(window.folder, 'pid')
  await window.shows(/^ready$/m)
  for (const [signal, last] of [
    ['SIGTERM', /^status 143$/m],
    ['SIGHUP', /^status 129$/m],
    ['SIGINT', /^status 130$/m],
    ['SIGUSR2', /Error: a bug of ours[^]*^status 1$/m],
  ] as const) {
    window.run(`clear; node ${PROGRAM} ${pidFile}; echo status $?`)
    await window.shows(/q quit/)
    process.kill(Number(readFileSync(pidFile, 'utf8')), signal)
    await window.shows(last)
    t.equal(window.modes, CLEAN, signal)
  }
})
