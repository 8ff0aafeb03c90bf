// The load of machines as the UI follows it: through a real relay, of the machines in view and of no others.
import { PassThrough } from 'node:stream'
import t from 'tap'
import { Context } from '../../console/context.ts'
import { Feed } from '../../console/ui-feed.ts'
import { until } from '../until.ts'
import { world } from '../world.ts'

t.test('the feed follows what is in view, leaves what is not, and comes back after a loss', async (t) => {
  const w = await world(t, 'web-1', 'web-2')
  const signal = new AbortController().signal
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const context = new Context(
    { argv: [], stdin, stdout, stderr, signal, env: {} },
    { home: w.home, relay: w.url },
  )
  const client = await context.connect()
  t.teardown(() => client.close())
  const found = await client.find({ watch: true })
  const [one = '', two = ''] = ['web-1', 'web-2'].map(
    (name) => found.find((machine) => machine.name === name)?.id,
  )
  const feed = new Feed(client, 500)
  t.teardown(() => feed.close())
  let changes = 0
  t.teardown(feed.onChange(() => (changes += 1)))

  feed.watch([one])
  await until(() => feed.of(one).length > 2, 'samples of the one in view')
  t.same(feed.of(two), [], 'nothing was asked of the other')
  const sample = feed.of(one).at(-1) ?? { at: 0 }
  for (const share of [sample.cpu, sample.mem, sample.disk])
    t.ok(share !== undefined && share >= 0 && share <= 100, `${share} percent`)
  t.ok((sample.uptime ?? 0) > 0)
  t.ok(changes > 0 && changes <= feed.of(one).length, 'not more changes than values')

  feed.watch([two])
  await until(() => feed.of(two).length > 1, 'samples of the one that is now in view')
  const { length } = feed.of(one)
  await until(() => feed.of(two).length > 3, 'more of it')
  t.equal(feed.of(one).length, length, 'and no more of the other')
  const deeds = await w.ok(['history', 'web-1', '--action', 'metrics', '--json'])
  t.equal(deeds.trim().split('\n').length, 1, deeds)
  t.match(JSON.parse(deeds), { outcome: 'failed', code: 'CANCELLED' }, 'it was told to stop')

  await w.agents[1]?.stop('SIGKILL')
  await w.startAgent('web-2')
  const { length: before } = feed.of(two)
  await until(() => feed.of(two).length > before + 1, 'samples of the agent that came back', 60_000)

  const other = new Feed(client)
  t.teardown(() => other.close())
  other.survey([one, two])
  t.equal(other.asking, 2)
  await until(() => other.asking === 0, 'both have answered')
  t.same([other.of(one).length, other.of(two).length], [1, 1], 'once')
  other.survey([one, two])
  t.equal(other.asking, 0, 'and are not asked again within a minute')
})
