// The terminal UI as its user has it, on real machines: what its frame does reaches the agents, and what it reads is theirs.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { noTmux as skip, Window } from '../window.ts'
import { world } from '../world.ts'

const CONSOLE = resolve('dist/console/main.js')

t.test(
  'orders, history, tokens, operators, settings and read-only, through the real programs',
  { skip },
  async (t) => {
    const w = await world(t, 'web-1')
    const window = new Window(t)
    await window.shows(/^ready$/m)
    const start = (flags: string): void =>
      window.run(
        `clear; RCONSOLE_HOME=${w.home} RCONSOLE_RELAY=${w.url} node ${CONSOLE} ${flags}; echo status $?`,
      )
    const word = (line: string): void => {
      window.keys(':')
      window.run(line)
    }
    start('--read-only')
    await window.shows(/read-only · 1 of 1 online/)
    window.keys('K')
    await window.shows(/This console is read-only/)
    window.keys('q')
    await window.shows(/^status 0$/m)

    start('')
    await window.shows(/^> +web-1 +online/m)
    await window.shows(/^> +web-1 +online +\d+%/m)
    window.keys('Enter')
    await window.shows(/ CPU \d+% .*│ MEM [^]*PID +USER[^]*^> \d+ /m)
    window.keys('6')
    await window.shows(/addresses? |kernel /)
    window.keys('q')
    await window.shows(/^> +web-1 +online/m)
    word('theme light')
    await window.shows(/^ theme light$/m)
    t.match(readFileSync(join(w.home, 'ui.json'), 'utf8'), '"theme": "light"')
    word('tokens')
    await window.shows(/^> [0-9a-f]{8} +open .* web-1$/m)
    window.keys('q')
    word('operators')
    await window.shows(/\(you\) +admin/)
    window.keys('q')
    word('set mine')
    await window.shows(/@mine now means web-1/)
    window.keys('F')
    await window.shows(/freeze web-1/)
    window.run('web-1')
    await window.shows(/^> +web-1 +frozen/m)
    window.keys('U')
    await window.shows(/^> +web-1 +online/m)
    window.keys('H')
    await window.shows(/freeze +\S+.* word=freeze/)
    window.keys('q')
    window.keys('K')
    await window.shows(/kill web-1/)
    window.run('web-1')
    await window.shows(/^> +web-1 +killed by/m)
    window.keys('q')
    await window.shows(/^status 0$/m)
    const { stdout } = await w.rconsole(['ls', '@mine'])
    t.match(stdout.toString(), /^web-1 +killed/m)
  },
)
