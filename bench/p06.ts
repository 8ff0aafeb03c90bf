// P6: what an idle agent costs the relay, against a plain WebSocket server that does nothing but ping.
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { KiB } from '../protocol/limits.ts'
import { firstLine, type World } from '../test/world.ts'
import { type Heading, type Row, spreadOf } from './measure.ts'
import { cpuOf, memoryOf } from './processes.ts'
import type { Stage } from './stage.ts'

/** What one connection costs: memory (KiB) and CPU (µs a second). */
interface Cost {
  readonly memory: number
  readonly cpu: number
}

export async function p06(stage: Stage): Promise<Row[]> {
  const { world, size } = await stage.crowd()
  const other = await stage.newWorld()
  const bare = memoryOf(other.relay?.child.pid ?? 0)
  const ours = await costOf(stage, world.relay?.child.pid ?? 0, size, bare)
  const theirs = await plain(stage, other, size)
  const row = (heading: Heading, pick: (cost: Cost) => number): Row => ({
    ...heading,
    ours: spreadOf([pick(ours)]),
    peer: { name: 'plain ws', spread: spreadOf([pick(theirs)]) },
    ratio: spreadOf([pick(ours) / pick(theirs)]),
  })
  const memory = { target: 'P6', what: `relay: memory for each of ${size} idle agents`, unit: 'KiB' } as const
  const cpu = { target: 'P6', what: `relay: CPU for each of ${size} idle agents`, unit: 'µs/s' } as const
  return [
    row({ ...memory, goal: { of: 'ours', most: 20 } }, (cost) => cost.memory),
    row({ ...memory, goal: { of: 'ratio', most: 2.3 } }, (cost) => cost.memory),
    row({ ...cpu, goal: { of: 'ours', most: 6 } }, (cost) => cost.cpu),
  ]
}

async function plain(stage: Stage, world: World, size: number): Promise<Cost> {
  const script = resolve('dist', 'bench', 'ws-server.js')
  const server = world.spawn(script, [], {})
  const port = await firstLine(server)
  const pid = server.child.pid ?? 0
  const bare = memoryOf(pid)
  const clients = world.spawn(script, [`ws://127.0.0.1:${port}`, String(size)], {})
  await firstLine(clients, 120_000)
  const cost = await costOf(stage, pid, size, bare)
  await Promise.all([clients.stop(), server.stop()])
  return cost
}

/** Over two pings, when the connecting has been cleaned up. */
async function costOf(stage: Stage, pid: number, size: number, bare: number): Promise<Cost> {
  await delay(stage.pick(10_000, 100))
  const seconds = stage.pick(50, 0.5)
  const before = cpuOf(pid)
  await delay(seconds * 1000)
  return { memory: (memoryOf(pid) - bare) / KiB / size, cpu: ((cpuOf(pid) - before) * 1000) / seconds / size }
}
