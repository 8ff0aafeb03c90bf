// P5: one run on a crowd of simulated agents, folded: the first contact, and again over the sessions that are there.
import { cpus } from 'node:os'
import { KiB } from '../protocol/limits.ts'
import { connect, runOnAll } from './console.ts'
import { type Row, spreadOf, timed } from './measure.ts'
import { bytesRead, cpuOf } from './processes.ts'
import type { Stage } from './stage.ts'

/** What each machine prints where the bytes are counted. */
const BODY = 64 * KiB

export async function p05(stage: Stage): Promise<Row[]> {
  const { world, size, processes } = await stage.crowd()
  const pids = [world.relay, ...processes].map((running) => running?.child.pid ?? 0)
  const used = (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000 + pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
  }
  const firsts: number[] = []
  const parts: number[] = []
  const again: number[] = []
  const bytes: number[] = []
  for (let round = 0; round < stage.pick(3, 1); round++) {
    const before = used()
    const begun = performance.now()
    const client = await connect(world)
    const machines = await client.find({ watch: true })
    if (machines.length < size) throw new Error(`${machines.length} of ${size} machines are there`)
    await runOnAll(client, machines, ['true'])
    firsts.push((performance.now() - begun) / 1000)
    parts.push((used() - before) / cpus().length / 1000)
    again.push((await timed(async () => await runOnAll(client, machines, ['true']))) / 1000)
    const had = bytesRead(process.pid)
    await runOnAll(client, machines, ['print', String(BODY), '1'])
    bytes.push(((bytesRead(process.pid) - had) / (BODY * size)) * 100)
    await client.close()
  }
  const what = `one run on ${size} machines`
  return [
    {
      target: 'P5',
      what: `${what}: first contact`,
      unit: 's',
      ours: spreadOf(firsts),
      peer: { name: 'the CPU of its parts over the cores', spread: spreadOf(parts) },
      ratio: spreadOf(firsts.map((wall, round) => wall / (parts[round] ?? Number.NaN))),
      goal: { of: 'ratio', most: 1.5 },
    },
    { target: 'P5', what: `${what}: again`, unit: 's', ours: spreadOf(again), goal: { of: 'ours', most: 1 } },
    {
      target: 'P5',
      what: `${what}: bytes that come, of 64 KiB that each prints`,
      unit: '%',
      ours: spreadOf(bytes),
      goal: { of: 'ours', most: 2 },
    },
  ]
}
