// Freeze on several machines at the same time, and on none.
import t from 'tap'
import { until } from '../until.ts'
import { world } from '../world.ts'

void t.test('several at the same time, one line each; nothing given is never all', async (t) => {
  const w = await world(t, 'web-1', 'web-2', 'db-1')
  t.match(await w.rconsole(['freeze']), {
    status: 2,
    stderr: /^rconsole: freeze: expected machines .*, got nothing\n$/,
  })
  t.equal((await w.machine('web-1'))['state'], 'online')
  const held = w.start('console', ['run', 'web-2', '--', 'sh', '-c', 'echo in; exec sleep 300'])
  await until(() => held.bytes > 0, 'a run', 30_000)
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
