// `rconsole ls --watch`: a line for each change, a page on a terminal.
import { resolve } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { noTmux, Window } from '../window.ts'
import { world } from '../world.ts'

void t.test('ls --watch follows what happens to machines', async (t) => {
  const w = await world(t, 'web-1')
  const watch = w.start('console', ['ls', '--watch', 'env=test', '--json'])
  const lines = (): Record<string, unknown>[] =>
    watch.stdout
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  const last = (expected: object) => until(() => matches(lines().at(-1), expected), JSON.stringify(expected))
  await last({ name: 'web-1', state: 'online' })
  const [first] = lines()
  t.strictSame(first, await w.machine('web-1').then((machine) => ({ ...machine })), 'as ls says it')

  await t.test('one that joins, one that is frozen, one that is not meant any more', async (t) => {
    const other = await w.startAgent('web-2', await w.token('--label', 'env=test'))
    await last({ name: 'web-2', state: 'online' })
    await w.ok(['freeze', 'web-1'])
    await last({ name: 'web-1', state: 'frozen' })
    await w.ok(['machine', 'label', 'web-2', 'env=prod'])
    await last({ name: 'web-2', gone: true })
    await other.stop()
    await w.ok(['unfreeze', 'web-1'])
    await last({ name: 'web-1', state: 'online' })
    const said = lines().map((line) => JSON.stringify(line))
    t.notOk(
      said.some((line, index) => line === said[index + 1]),
      'nothing twice',
    )
    watch.child.kill('SIGINT')
    t.match(await watch.exit, { status: 130, stderr: '' })
  })

  await t.test('what it refuses', async (t) => {
    t.match(await w.rconsole(['ls', '-w']), {
      status: 2,
      stderr: /draws on a terminal; expected one, or --json\n$/,
    })
    t.match(await w.rconsole(['ls', '-w', '--json', 'no-such']), { status: 1, stderr: /no-such/ })
  })

  await t.test('as a page', { skip: noTmux }, async (t) => {
    const window = new Window(t)
    const program = `RCONSOLE_HOME=${w.home} RCONSOLE_RELAY=${w.url} node ${resolve('dist/console/main.js')}`
    await window.shows(/^ready$/m)
    window.run(`${program} ls --watch; echo status $?`)
    await window.shows(/^NAME +STATE[^]*^web-1 +online/m)
    await w.agents[0]?.stop()
    await window.shows(/^web-1 +offline/m)
    window.keys('q')
    await window.shows(/^status 0$/m)
  })
})

function matches(line: Record<string, unknown> | undefined, expected: object): boolean {
  return Object.entries(expected).every(([name, value]) => line?.[name] === value)
}
