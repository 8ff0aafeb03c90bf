// Programs in a shell of the UI, on the whole way through relay and agent, draw what they draw in tmux directly.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { until } from '../until.ts'
import { noTmux as skip, Window } from '../window.ts'
import { world } from '../world.ts'

/** What is printed at once (MiB); `npm run soak -- panes` prints 100. */
const MIB = Number(process.env['RCONSOLE_PANE_MIB'] ?? '1')
const CONSOLE = resolve('dist/console/main.js')
const PREFIX = 'C-]'
/** The pane is what the header, the note and the foot leave. */
const ROWS = 24
const PANE_ROWS = ROWS - 3
const SECOND = 1_000

void t.test(
  'vim, less, ls and cat: no line differs, in the pane and on the whole terminal',
  { skip },
  async (t) => {
    const w = await world(t, 'web-1')
    const files = join(w.folder, 'files')
    mkdirSync(join(files, 'folder'), { recursive: true })
    const source = Array.from(
      { length: 400 },
      (_, at) => `/* ${at} */ int f${at}(void) { return ${at}; } // 日本 é`,
    )
    writeFileSync(join(files, 'a.c'), `${source.join('\n')}\n`)
    writeFileSync(join(files, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 })
    const line = 'the quick brown fox \x1b[32mjumps\x1b[m over the lazy dog, and again, and again\n'
    writeFileSync(join(files, 'large'), line.repeat(Math.ceil((MIB * 1024 * 1024) / line.length)))

    const direct = new Window(t, { rows: PANE_ROWS, folder: t.testdir({ direct: {}, pane: {} }) + '/direct' })
    const pane = new Window(t, { rows: ROWS, folder: `${t.testdirName}/pane` })
    await pane.shows(/^ready$/m)
    pane.run(`RCONSOLE_HOME=${w.home} RCONSOLE_RELAY=${w.url} node ${CONSOLE}`)
    await pane.shows(/^> +web-1 +online/m)
    pane.keys('s')
    await pane.shows(/sealed end to end/)
    const both = [direct, pane]
    const inner = `env -i PATH="$PATH" HOME=${files} TERM=xterm-256color LANG=C.UTF-8 PS1='$ ' bash --norc --noprofile`
    for (const window of both) window.run(`cd ${files}; exec ${inner}`)
    for (const window of both) window.run('clear; echo begun')
    for (const window of both) await window.shows(/^begun\n\$/m)

    /** The rows of both; the cursor, which we draw ourselves, is a cell shown the other way round. */
    const shown = async (isWhole: boolean): Promise<[string[], string[]]> => {
      const rows = await pane.cells()
      return [
        isWhole ? rows : rows.slice(1, PANE_ROWS + 1),
        await direct.cells(isWhole ? undefined : 'shown'),
      ]
    }
    const same = async (what: string, isWhole = false) => {
      let [mine, theirs]: string[][] = [[], []]
      await until(
        async () => {
          ;[mine, theirs] = await shown(isWhole)
          return mine?.join() === theirs?.join()
        },
        what,
        20 * SECOND,
      ).catch(() => undefined)
      t.strictSame(mine, theirs, what)
    }
    const type = (...keys: string[]): void => {
      for (const window of both) window.keys(...keys)
    }
    const programs = async (isWhole: boolean): Promise<void> => {
      const where = isWhole ? 'whole' : 'pane'
      for (const window of both) window.run('clear; ls --color=always -la --time-style=+ .')
      await same(`ls, ${where}`, isWhole)
      for (const window of both) window.run("vim -u NONE -N -i NONE -n +'syntax on' a.c; echo left vim")
      await same(`vim, ${where}`, isWhole)
      for (const window of both) window.run(':set nu hlsearch | split')
      type('G', 'd', 'd', 'C-w', 'w', '/', 'f2', '0', 'Enter', 'PageDown', 'Down', 'Right')
      await same(`vim with two windows, ${where}`, isWhole)
      for (const window of both) window.run(':qa!')
      for (const window of both) await window.shows(/^left vim$/m)
      for (const window of both) window.run('clear; less a.c; echo left less')
      await same(`less, ${where}`, isWhole)
      type('Space', '/', 'return', ' ', '3', '0', '0', 'Enter')
      await same(`less after a search, ${where}`, isWhole)
      type('q')
      for (const window of both) await window.shows(/^left less$/m)
      for (const window of both) window.run('clear; cat large; echo printed')
      for (const window of both) await window.shows(/^printed$/m, 120 * SECOND)
      await same(`cat, ${where}`, isWhole)
    }
    await programs(false)
    t.comment(`Ctrl-C of yes: ${await interrupted(pane)} ms`)
    if (MIB > 1) await compared(direct, pane, 'pane', t)
    pane.keys(PREFIX, 'f')
    direct.resize(80, ROWS)
    const resized = `until [ "$(tput lines)" = ${ROWS} ]; do sleep 0.05; done; clear; echo resized`
    for (const window of both) window.run(resized)
    for (const window of both) await window.shows(/^resized\n\$/m)
    await programs(true)
    t.comment(`Ctrl-C of yes: ${await interrupted(pane)} ms`)
    if (MIB > 1) await compared(direct, pane, 'whole terminal', t)
    pane.keys(PREFIX, 'q')
    await pane.shows(/^> +web-1 +online/m)
    pane.keys('q')
    await until(() => pane.get('alternate_on') === '0', 'the terminal as it was')
    // Its last writes are awaited: the folder goes with the test.
    pane.run('clear; echo ended')
    await pane.shows(/^ended$/m)
  },
)

/** How long it takes to stop a program that prints without end (ms). */
async function interrupted(pane: Window): Promise<number> {
  pane.run('clear; yes interrupted')
  await pane.shows(/^interrupted$/m)
  const since = performance.now()
  pane.keys('C-c')
  pane.run('clear; echo back')
  await pane.shows(/^back\n\$/m)
  return Math.round(performance.now() - since)
}

/** Whether the same bytes take no more than twice the time. */
async function compared(direct: Window, pane: Window, where: string, t: Test): Promise<void> {
  const [one, other] = [await took(direct), await took(pane)]
  const ratio = (one / other).toFixed(2)
  t.comment(`${MIB} MiB: tmux ${Math.round(one)} ms, ${where} ${Math.round(other)} ms, ratio ${ratio}`)
  t.ok(one / other >= 0.5, `${where}: half as fast as directly, at least`)
}

async function took(window: Window): Promise<number> {
  window.run('clear')
  const since = performance.now()
  window.run('cat large; echo printed')
  await window.shows(/^printed$/m, 120 * SECOND)
  return performance.now() - since
}
