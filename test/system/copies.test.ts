// Two of one key: a copied disk on another machine and on the same one, and agents that start at once on one home.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { type Running, world } from '../world.ts'

t.test('a copied disk', async (t) => {
  const w = await world(t, 'web-1')

  await t.test('on another machine is refused, and both are named', async (t) => {
    const folder = w.copyDisk('web-1', 'elsewhere')
    const path = join(folder, 'agent.json')
    const file = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...file, machine: 'x', host: 'original' }), { mode: 0o600 })
    for (const name of readdirSync(folder)) if (name.startsWith('lock')) rmSync(join(folder, name))
    const { status, stderr } = await w.start('agent', ['--relay', w.url, '--home', folder]).exit
    t.equal(status, 78)
    t.match(
      stderr,
      /^ragent: .*the key of web-1, enrolled on host original, and this is host \S+ \(a copied disk\?\)/,
    )
    t.match(stderr, /^[^\n]+\n$/, 'one line')
  })

  await t.test('on the same machine is a duplicate: both named, nothing runs, nobody flaps', async (t) => {
    const folder = w.copyDisk('web-1', 'twin')
    for (const name of readdirSync(folder)) if (name.startsWith('lock')) rmSync(join(folder, name))
    const twin = w.start('agent', ['--relay', w.url, '--home', folder])
    await until(() => twin.stdout.includes('connected'), 'the twin')
    await until(async () => (await w.machine('web-1'))['state'] === 'duplicate', 'a duplicate')
    const [original] = w.agents
    const both: Running[] = original === undefined ? [twin] : [original, twin]
    for (const agent of both)
      await until(() => agent.stderr.includes('another process has the key'), 'they know')
    for (let n = 0; n < 3; n++)
      t.match(
        (await w.rconsole(['run', 'web-1', '--', 'true'])).stderr,
        /2 agents use its key, on hosts \S+ and \S+ \(a copied disk\?\); stop one/,
      )
    const connections = (w.relay?.stderr.match(/"as":"agent".*"msg":"connected"/g) ?? []).length
    t.equal(connections, 2, 'each has dialled once')
    await twin.stop()
    await until(async () => (await w.machine('web-1'))['state'] === 'online', 'web-1 is online', 30_000)
    t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'hi']), 'hi\n', 'a person chose')
  })
})

t.test('of agents that start at once on one home, after a crash, exactly one lives', async (t) => {
  const w = await world(t, 'web-1')
  await w.agents[0]?.stop('SIGKILL')
  t.ok(
    readdirSync(join(w.folder, 'web-1')).some((name) => name.startsWith('lock-')),
    'a lock is left behind',
  )
  const args = ['--relay', w.url, '--home', join(w.folder, 'web-1')]
  const started = Array.from({ length: 6 }, () => w.start('agent', args))
  await until(() => started.filter((agent) => agent.isOver).length === 5, 'five give way', 30_000)
  const over = started.filter((agent) => agent.isOver)
  for (const agent of over)
    t.match([(await agent.exit).status, agent.stderr], [78, /another ragent \(pid \d+\) uses/])
  await until(async () => (await w.machine('web-1'))['state'] === 'online', 'web-1 is online', 30_000)
  t.equal(readdirSync(join(w.folder, 'web-1')).filter((name) => name.startsWith('lock-')).length, 1)
})
