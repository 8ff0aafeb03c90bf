// A run on several machines at a terminal: the number that has to be typed, the line that is redrawn, Ctrl-C that asks.
import { resolve } from 'node:path'
import { spawn } from '@lydell/node-pty'
import t from 'tap'
import { until } from '../until.ts'
import { processesWith, world } from '../world.ts'

const seconds = (n: number): string => `${process.pid}${n}`

t.test('at a terminal', async (t) => {
  const w = await world(t, 'web-1', 'web-2')
  const start = (...args: string[]) => {
    const shown = { text: '', status: -1 }
    const env = { ...process.env, RCONSOLE_HOME: w.home, RCONSOLE_RELAY: w.url, RCONSOLE_ASK_ABOVE: '1' }
    const terminal = spawn(process.execPath, [resolve('dist/console/main.js'), 'run', '@all', ...args], {
      cols: 100,
      rows: 30,
      env,
    })
    terminal.onData((data) => (shown.text += data))
    terminal.onExit(({ exitCode }) => (shown.status = exitCode))
    t.teardown(() => terminal.kill('SIGKILL'))
    return { shown, type: (text: string) => terminal.write(text) }
  }
  const asked = async (run: ReturnType<typeof start>): Promise<void> => {
    await until(() => run.shown.text.includes('Type the number to go on: '), 'the question')
  }

  await t.test('another number starts nothing', async (t) => {
    const run = start('--', 'sleep', seconds(6661))
    await asked(run)
    t.match(run.shown.text, /web-\[1-2\]\r\nThis runs on 2 machines/)
    run.type('y\r')
    await until(() => run.shown.status >= 0, 'it ends')
    t.equal(run.shown.status, 2)
    t.match(run.shown.text, /expected 2, got "y"; nothing was started/)
    t.strictSame(await processesWith(`sleep ${seconds(6661)}`), [])
  })

  await t.test('progress is redrawn, output is cleaned, groups come last', async (t) => {
    const run = start('-c', String.raw`sleep 1; printf 'a\033]0;evil\007b\n'`)
    await asked(run)
    run.type('2\r')
    await until(() => run.shown.status >= 0, 'it ends')
    t.equal(run.shown.status, 0)
    t.match(run.shown.text, /\[\.{20}\] 0\/2/)
    t.match(run.shown.text, /--- web-\[1-2\] \(2 machines\): exit 0\r\na␛\]0;evil␇b\r\n/)
    t.notMatch(run.shown.text, '\x1b]0;evil')
  })

  await t.test('Ctrl-C asks: go on, detach, cancel', async (t) => {
    const run = start('--', 'sleep', seconds(6662))
    await asked(run)
    run.type('2\r')
    const running = async (): Promise<number> => (await processesWith(`sleep ${seconds(6662)}`)).length
    await until(async () => (await running()) === 2, 'both run')
    const questions = (): number => run.shown.text.split('go on watching (g)? ').length - 1
    run.type('\x03')
    await until(() => questions() === 1, 'it asks')
    run.type('g\r')
    await until(() => /\d\/2.*\d\/2/s.test(run.shown.text.split('(g)? ').at(-1) ?? ''), 'it goes on watching')
    run.type('\x03')
    await until(() => questions() === 2, 'it asks again')
    run.type('d\r')
    await until(() => run.shown.status >= 0, 'it ends')
    t.equal(run.shown.status, 130)
    t.match(run.shown.text, /the run goes on without this console/)
    t.equal(await running(), 2, 'nothing was cancelled')
    const id = /\(run ([\w-]{22})\)/.exec(run.shown.text)?.[1] ?? ''
    for (const name of ['web-1', 'web-2']) await w.rconsole(['attach', id, name, '--cancel'])
    await until(async () => (await running()) === 0, 'cancelled by its id')
  })
})
