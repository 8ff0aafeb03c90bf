// Freeze on real processes: who may, what still works, that it lasts, and that nothing forged or replayed ever does it.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { world } from '../world.ts'

void t.test(
  'a frozen machine does nothing but say what it is, and end; until an admin says otherwise',
  async (t) => {
    const w = await world(t, 'web-1')
    const marker = `rconsole-test-${w.fleet}`
    const shell = w.start('console', ['shell', 'web-1', '--shell', '/bin/sh'])
    shell.child.stdin?.write('echo shell-is-up\n')
    await until(() => shell.stdout.includes('shell-is-up'), 'a shell')
    const run = w.start('console', [
      'run',
      'web-1',
      '--',
      'sh',
      '-c',
      `echo ${marker}; read line; echo "got $line."; exec sleep 300`,
    ])
    await until(() => run.bytes > 0, 'a run')

    const frozen = JSON.parse(await w.ok(['freeze', 'web-1', '--json']))
    t.match(frozen, { name: 'web-1', frozen: true, runs: 1, shells: 1 })
    t.equal((await shell.exit).status, 129, 'the shell hung up')
    run.child.stdin?.write('more\n')
    await until(() => run.stdout.includes('got .'), 'the run goes on, with its input at an end')
    t.match(await w.machine('web-1'), { state: 'frozen', by: frozen.by, since: frozen.since })
    t.match(await w.ok(['ls']), /web-1 +frozen by /)

    const line =
      /^rconsole: web-1 refuses (\w+): frozen by \S+ since \S+Z; an admin ends that with `rconsole unfreeze web-1`\n$/
    for (const args of [
      ['run', 'web-1', '--', 'true'],
      ['shell', 'web-1'],
      ['reset', 'web-1'],
      ['disconnect', 'web-1'],
    ]) {
      const { status, stderr } = await w.rconsole(args)
      t.ok(status === 255 || status === 1, args.join(' '))
      t.match(stderr, line)
    }
    t.match(await w.ok(['facts', 'web-1']), /./)
    await w.ok(['ping', 'web-1'])
    const again = JSON.parse(await w.ok(['freeze', 'web-1', '--json']))
    t.equal(again.since, frozen.since, 'frozen twice is frozen once')

    await t.test('it lasts over a restart of the agent and of the relay', async (t) => {
      await w.agents[0]?.stop('SIGKILL')
      await w.relay?.stop()
      await w.startRelay()
      const agent = await w.startAgent('web-1')
      t.match(await w.machine('web-1'), { state: 'frozen', by: frozen.by, since: frozen.since })
      t.match((await w.rconsole(['run', 'web-1', '--', 'true'])).stderr, line)
      t.match(await w.ok(['unfreeze', 'web-1', '--json']), /"frozen":false,"by":null,"since":null/)
      await until(async () => (await w.machine('web-1'))['state'] === 'online', 'online')
      t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'thawed']), 'thawed\n')
      await w.ok(['freeze', 'web-1'])
      await w.ok(['kill', 'web-1', '--yes'])
      t.equal((await agent.exit).status, 0, 'kill works while frozen')
    })
  },
)

void t.test('several at the same time, one line each; nothing given is never all', async (t) => {
  const w = await world(t, 'web-1', 'web-2', 'db-1')
  t.match(await w.rconsole(['freeze']), {
    status: 2,
    stderr: /^rconsole: freeze: expected machines .*, got nothing\n$/,
  })
  t.equal((await w.machine('web-1'))['state'], 'online')
  const held = w.start('console', ['run', 'web-2', '--', 'sh', '-c', 'echo in; exec sleep 300'])
  await until(() => held.bytes > 0, 'a run')
  const { status, stderr } = await w.rconsole(['freeze', 'web-*', '--kill-runs'])
  t.equal(status, 0)
  t.match(stderr, /web-1 is frozen by \S+ since \S+; 0 shells hung up, 0 runs ended\n/)
  t.match(stderr, /web-2 is frozen by \S+ since \S+; 0 shells hung up, 1 runs ended\n/)
  t.ok((await held.exit).status !== 0, 'the run was ended')
  t.equal((await w.machine('db-1'))['state'], 'online')
  await w.agents[2]?.stop()
  const partly = await w.rconsole(['unfreeze', '@all', '--json'])
  t.equal(partly.status, 1)
  const lines = partly.stdout
    .toString()
    .trim()
    .split('\n')
    .map((text): unknown => JSON.parse(text))
  t.equal(lines.length, 3)
  t.match(
    lines.find((one) => JSON.stringify(one).includes('"db-1"')),
    { name: 'db-1', code: 'OFFLINE' },
  )
  t.equal((await w.machine('web-2'))['state'], 'online')
})

void t.test('a home that says frozen in words nobody wrote is refused', async (t) => {
  const w = await world(t, 'web-1')
  await w.ok(['freeze', 'web-1'])
  await w.agents[0]?.stop()
  const file = join(w.folder, 'web-1', 'frozen.json')
  writeFileSync(file, '{}')
  const agent = w.start('agent', ['--relay', w.url, '--home', join(w.folder, 'web-1')])
  const { status, stderr } = await agent.exit
  t.equal(status, 78)
  t.match(stderr, /^ragent: \S+frozen\.json is damaged: this machine was frozen; remove it to end that\n$/)
  rmSync(file)
})
