// P9: an agent that has nothing to do, and how long it takes to come up.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MiB } from '../protocol/limits.ts'
import { firstLine, type Running } from '../test/world.ts'
import { alone, type Row, timed } from './measure.ts'
import { cpuOf, memoryOf } from './processes.ts'
import type { Stage } from './stage.ts'

export async function p09(stage: Stage): Promise<Row[]> {
  const world = await stage.newWorld()
  const first = await world.startAgent('idle', await world.token())
  await first.stop()
  let agent: Running | undefined
  const args = ['--relay', world.url, '--home', join(world.folder, 'idle')]
  const start = async (): Promise<number> =>
    await timed(async () => {
      agent = world.start('agent', args)
      await firstLine(agent)
    })
  const starts: number[] = []
  for (let n = 0; n < stage.pick(7, 1); n++) {
    await agent?.stop()
    starts.push(await start())
  }
  await delay(stage.pick(15_000, 100))
  const pid = agent?.child.pid ?? 0
  const memory = memoryOf(pid) / MiB
  const seconds = stage.pick(60, 0.2)
  const before = cpuOf(pid)
  await delay(seconds * 1000)
  const share = (cpuOf(pid) - before) / seconds / 10
  return [
    await alone(
      { target: 'P9', what: 'agent: memory when idle', unit: 'MiB', goal: { of: 'ours', most: 60 } },
      async () => [memory],
    ),
    await alone(
      { target: 'P9', what: 'agent: start to connected', unit: 'ms', goal: { of: 'ours', most: 200 } },
      async () => starts,
    ),
    await alone(
      { target: 'P9', what: 'agent: CPU when idle', unit: '%', goal: { of: 'ours', most: 0.1 } },
      async () => [share],
    ),
  ]
}
