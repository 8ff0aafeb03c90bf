// A run that outlives its console: left, listed, followed from anywhere, ended by whoever may.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { processesWith, world } from '../world.ts'

/** A line that prints, waits for `path` to be there, prints again and exits with 3. */
const waiting = (path: string): string =>
  `echo one; until [ -e ${path} ]; do sleep 0.05; done; echo two; exit 3`

t.test('a run that is left', async (t) => {
  const w = await world(t, 'web-1', 'web-2')
  const gate = (): string => join(mkdtempSync(join(w.folder, 'gate-')), 'open')
  const detach = async (line: string, ...flags: string[]): Promise<string> =>
    (await w.ok(['run', 'web-1', '--detach', ...flags, '-c', line])).trim()
  const row = async (id: string): Promise<Record<string, unknown>> =>
    JSON.parse(await w.ok(['runs', id, '--json']))

  await t.test('is attached to from its start to its status, from any console of the operator', async (t) => {
    const open = gate()
    const id = await detach(waiting(open))
    t.match(await row(id), { run: id, name: 'web-1', state: 'running' })
    t.match(await w.ok(['runs']), new RegExp(`${id} +web-1 +running`))
    // Another console has the key, and no book of runs.
    const other = join(w.folder, 'other')
    cpSync(w.home, other, { recursive: true })
    rmSync(join(other, 'runs.jsonl'))
    const there = w.start('console', ['--home', other, 'attach', id])
    const here = w.start('console', ['attach', id, 'web-1', '--from', '2'])
    await until(() => there.bytes === 4 && here.bytes === 2, 'both follow')
    writeFileSync(open, '')
    t.match({ ...(await there.exit), stdout: there.stdout.toString() }, { status: 3, stdout: 'one\ntwo\n' })
    t.match({ ...(await here.exit), stdout: here.stdout.toString() }, { status: 3, stdout: 'e\ntwo\n' })
    const again = await w.rconsole(['attach', id])
    t.match({ ...again, stdout: again.stdout.toString() }, { status: 3, stdout: 'one\ntwo\n' })
    t.match(await row(id), { state: 'done', code: 3, bytes: 8 })
  })

  await t.test('goes on when an attached console leaves, and ends with --cancel', async (t) => {
    const open = gate()
    const id = await detach(waiting(open))
    const attached = w.start('console', ['attach', id])
    await until(() => attached.bytes === 4, 'it follows')
    attached.child.kill('SIGINT')
    const { status, stderr } = await attached.exit
    t.equal(status, 130)
    t.match(stderr, `attach ${id} web-1 --from 4`)
    t.match(await row(id), { state: 'running' })
    t.equal((await w.rconsole(['attach', id, '--cancel'])).status, 0)
    t.match(await row(id), { state: 'cancelled', cause: /^cancelled by / })
    t.strictSame(await processesWith(open), [])
  })

  await t.test('survives the console, the relay and a reset', async (t) => {
    const open = gate()
    const console = w.start('console', ['run', 'web-1', '-c', waiting(open)])
    await until(() => console.bytes === 4, 'it runs')
    await console.stop('SIGKILL')
    await w.relay?.stop('SIGKILL')
    await w.startRelay()
    await until(async () => (await w.machine('web-1'))['state'] === 'online', 'it is back', 30_000)
    await w.ok(['reset', 'web-1'])
    await until(async () => (await w.machine('web-1'))['state'] === 'online', 'it is back', 30_000)
    const [, id = ''] =
      /"id":"([\w-]{22})"[^\n]*\n$/.exec(readFileSync(join(w.home, 'runs.jsonl'), 'utf8')) ?? []
    writeFileSync(open, '')
    const { status, stdout } = await w.rconsole(['attach', id])
    t.equal(status, 3)
    t.equal(stdout.toString(), 'one\ntwo\n')
  })

  await t.test('is interrupted when its agent dies, and whoever followed it is told', async (t) => {
    const open = gate()
    const running = w.start('console', ['run', 'web-2', '-c', waiting(open)])
    await until(() => running.bytes === 4, 'it runs')
    await w.agents[1]?.stop('SIGKILL')
    await w.startAgent('web-2')
    const { status, stderr } = await running.exit
    t.equal(status, 255)
    t.match(stderr, /web-2: interrupted \(agent restarted\)/)
    await until(async () => (await processesWith(open)).length === 0, 'nothing of it is left')
    t.notOk(existsSync(open))
  })

  await t.test('says what is wrong with what was asked for', async (t) => {
    const fails = async (args: string[], status: number, message: RegExp): Promise<void> => {
      const answer = await w.rconsole(args)
      t.match(answer, { status, stderr: message }, args.join(' '))
    }
    await fails(['attach', 'short'], 2, /expected the id of a run/)
    await fails(['attach', 'A'.repeat(22)], 255, /no machine that is online knows run A+/)
    await fails(['attach', 'A'.repeat(22), 'web-1'], 255, /web-1 knows no run A+ of yours/)
    await fails(['attach', 'A'.repeat(22), '--from', 'x'], 2, /--from: expected a number of bytes/)
    await fails(['run', 'web-1', '--keep', '2G', '--', 'true'], 2, /--keep: expected a size/)
  })
})
