// `rconsole services` and `rconsole logs` through a real relay, of a machine whose systemd is made for the test.
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { firstLine, type World, world } from '../world.ts'

const objects = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))

/** A machine that has systemd, as far as its agent can tell. */
async function withSystemd(
  w: World,
  name: string,
  token: string,
): Promise<{ state: string; journal: string }> {
  const [state, journal] = [join(w.folder, `${name}.state`), join(w.folder, `${name}.journal`)]
  writeFileSync(state, 'active\n')
  writeFileSync(journal, '1 first\n2 Second\n3 third\n')
  const args = ['--relay', w.url, '--name', name, '--home', join(w.folder, name)]
  const path = `${join(process.cwd(), 'test', 'fixtures', 'systemd')}:${process.env['PATH'] ?? ''}`
  const env = { RAGENT_TOKEN: token, PATH: path, FAKE_SYSTEMD: state, FAKE_JOURNAL: journal }
  await firstLine(w.start('agent', args, env))
  return { state, journal }
}

t.test('services and logs of machines', async (t) => {
  const w = await world(t, 'web-1')
  const { journal } = await withSystemd(w, 'sys-1', await w.token())

  await t.test('services are listed, shown, stopped and started', async (t) => {
    const list = await w.ok(['services', 'sys-1'])
    t.match(
      list,
      /^UNIT +LOAD +ACTIVE +SUB +DESCRIPTION\ndemo\.service +loaded +active +running +A demo ·\[31m/,
    )
    t.match(list, /^gone\.service +not-found/m)
    t.equal(await w.ok(['services', 'sys-1', '--failed']), 'UNIT  LOAD  ACTIVE  SUB  DESCRIPTION\n')
    for (const [verb, active] of [
      ['stop', 'inactive'],
      ['start', 'active'],
      ['status', 'active'],
    ] as const)
      t.match(objects(await w.ok(['services', 'sys-1', verb, 'demo', '--json'])), [
        { unit: 'demo.service', active },
      ])
    await withSystemd(w, 'sys-2', await w.token())
    t.match(
      await w.ok(['services', 'sys-*']),
      /^NAME +UNIT .*\nsys-\[1-2\] +demo\.service +loaded .*\nsys-\[1-2\] +gone\./,
      'what machines have in common is said once',
    )
    const unknown = await w.rconsole(['services', 'sys-1', 'restart', 'nothing'])
    t.strictSame([unknown.status, unknown.stderr.includes('not found')], [1, true])
    t.equal((await w.rconsole(['services', 'sys-1', 'stop', '--', '--version'])).status, 2)
  })

  await t.test('logs come from the journal or a file, and go on where they stopped', async (t) => {
    t.equal(await w.ok(['logs', 'sys-1', '-n', '2']), '2 Second\n3 third\n')
    t.equal(await w.ok(['logs', 'sys-1', 'demo', '--grep', 'SECOND']), '2 Second\n')
    t.equal(await w.ok(['logs', 'sys-1', 'quiet']), '', 'nothing was said')
    t.equal(await w.ok(['logs', 'sys-1', '-n', '1', '--since', '1h']), '3 third\n')
    const follow = w.start('console', ['logs', 'sys-1', '-f', '-n', '1'])
    await until(() => follow.stdout.toString() === '3 third\n', 'the last line')
    appendFileSync(journal, '4 fourth\n')
    await until(() => follow.stdout.toString() === '3 third\n4 fourth\n', 'what is added')
    t.equal((await follow.stop('SIGINT')).status, 130)
    const file = await w.rconsole(['logs', 'web-1', '/etc/passwd'])
    t.strictSame([file.status, file.stdout.length], [1, 0])
    t.match(file.stderr, 'not below /var/log')
    t.strictSame(
      objects(await w.ok(['logs', 'sys-1', '-n', '1', '--json'])).map(({ line }) => line),
      ['4 fourth'],
    )
  })
})
