// The owner's limits on real processes: time, output, runs at once, niceness.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { agentWith } from '../policy-world.ts'
import { until } from '../until.ts'
import { world } from '../world.ts'

void t.test('limits: time, output, runs at once, niceness', async (t) => {
  const w = await world(t)
  await agentWith(w, 'web-1', { mode: 'full', limits: { timeout: '300ms' } })
  const timed = await w.rconsole(['run', 'web-1', '--timeout', '1h', '--', 'sleep', '60'])
  t.equal(timed.status, 124)
  t.match(
    timed.stderr,
    /web-1: timed out \(after 300 ms, limits\.timeout of the owner's policy; everything it started was ended\)/,
  )
  const own = await w.rconsole(['run', 'web-1', '--timeout', '50ms', '--', 'sleep', '60'])
  t.match(own.stderr, /timed out \(after 50 ms; everything/, 'the operator’s own is less')

  await agentWith(w, 'web-3', { mode: 'full', limits: { output: '64KiB', nice: 7 } })
  const much = await w.rconsole(['run', 'web-3', '--', 'yes'])
  t.equal(much.status, 130)
  t.equal(much.stdout.length, 64 * 1024)
  t.match(
    much.stderr,
    /web-3: cancelled \(it printed more than limits\.output of the owner's policy \(65536 bytes\); everything/,
  )
  t.equal(
    (await w.ok(['run', 'web-3', '--', 'head', '-c', '65536', '/dev/zero'])).length,
    65_536,
    'not one byte less',
  )
  t.equal(await w.ok(['run', 'web-3', '--', 'nice']), '7\n')
  t.equal(
    (await w.rconsole(['run', 'web-3', '--', 'no-such'])).stderr,
    'rconsole: this machine has no program no-such\n',
  )

  await agentWith(w, 'web-2', { mode: 'full', limits: { runs: 2 } })
  const many = Array.from({ length: 6 }, () =>
    w.start('console', ['run', 'web-2', '-n', '-c', 'echo in; exec sleep 60']),
  )
  await until(() => many.every((one) => one.isOver || one.bytes > 0), 'each is in or refused', 30_000)
  const out = many.filter((one) => one.isOver)
  t.equal(out.length, 4, 'two at once, however they come')
  for (const one of out)
    t.match((await one.exit).stderr, /2 runs are under way, as many as limits\.runs of .* allows/)
  for (const one of many) await one.stop('SIGINT')
  t.equal(
    await w.ok(['run', 'web-2', '--', 'echo', 'room']),
    'room\n',
    'when they are over there is room again',
  )
})

void t.test('outputs: keep false leaves nothing of what a run prints on the disk', async (t) => {
  const w = await world(t)
  const found = (name: string): boolean => {
    const folder = join(w.folder, name, 'runs')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file))
    return files.some(
      (file) => statSync(file).isFile() && readFileSync(file, 'latin1').includes('kept-output'),
    )
  }
  for (const keep of [true, false]) {
    const name = `keeps-${keep}`
    await agentWith(w, name, { mode: 'full', outputs: { keep } })
    t.equal(
      await w.ok(['run', name, '--keep', '1MiB', '--', 'printf', '%s-%s', 'kept', 'output']),
      'kept-output',
    )
    t.equal(found(name), keep, name)
  }
})
