// P8: a console that stops reading the output it asked for: what the relay and the agent hold, and what others of that machine notice.
import { setTimeout as delay } from 'node:timers/promises'
import { MiB } from '../protocol/limits.ts'
import { until } from '../test/until.ts'
import { alone, repeat, type Row, spreadOf, timed } from './measure.ts'
import { finish, memoryOf } from './processes.ts'
import { envOf, ours, type Stage } from './stage.ts'

export async function p08(stage: Stage): Promise<Row[]> {
  const world = await stage.newWorld()
  const agent = await world.startAgent('slow', await world.token())
  const env = envOf(world)
  const each = stage.pick(20, 1)
  const short = async (): Promise<number[]> =>
    await repeat(
      each,
      20,
      async () =>
        await timed(async () => await finish(ours('console', 'run', 'slow', '-n', '--', 'true'), { env })),
    )
  // What code and buffers come to the first time is no growth.
  await finish(
    ours('console', 'run', 'slow', '-n', '--', 'head', '-c', String(stage.pick(256, 8) * MiB), '/dev/zero'),
    { env },
  )
  const before = await short()
  const pids = { relay: world.relay?.child.pid ?? 0, agent: agent.child.pid ?? 0 }
  const held = { relay: memoryOf(pids.relay), agent: memoryOf(pids.agent) }
  const slow = world.start(
    'console',
    ['run', 'slow', '-n', '--', 'head', '-c', String(1024 * MiB), '/dev/zero'],
    env,
  )
  await until(() => slow.bytes > 0, 'the first output')
  slow.child.stdout?.pause()
  await delay(stage.pick(5_000, 200))
  const during = await short()
  const grown = (who: 'relay' | 'agent') => async (): Promise<number[]> =>
    await Promise.resolve([Math.max(0, memoryOf(pids[who]) - held[who]) / MiB])
  const what = 'grown while a console does not read 1 GiB'
  const rows = [
    await alone(
      { target: 'P8', what: `relay: ${what}`, unit: 'MiB', goal: { of: 'ours', most: 8 } },
      grown('relay'),
    ),
    await alone(
      { target: 'P8', what: `agent: ${what}`, unit: 'MiB', goal: { of: 'ours', most: 8 } },
      grown('agent'),
    ),
    {
      target: 'P8',
      what: 'other runs on that machine meanwhile',
      unit: 'ms',
      ours: spreadOf(during),
      peer: { name: 'the same before', spread: spreadOf(before) },
      ratio: spreadOf([spreadOf(during).median / spreadOf(before).median]),
      goal: { of: 'ratio', most: 1.25 },
    } as const,
  ]
  await slow.stop('SIGKILL')
  return rows
}
