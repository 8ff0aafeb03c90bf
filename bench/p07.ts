// P7: the relay is killed under a crowd and started again: when all are back, and what a console notices.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '../console/client.ts'
import type { Machine } from '../console/machine.ts'
import { connect, runOnce } from './console.ts'
import { percentile, type Row, spreadOf } from './measure.ts'
import type { Stage } from './stage.ts'

/** A console asks for a command so often (ms). */
const EVERY_MS = 50
/** Reading what the relay says of them costs something, too (ms). */
const LOOK_MS = 250

export async function p07(stage: Stage): Promise<Row[]> {
  const { world, size } = await stage.crowd()
  const agent = await world.startAgent('real', await world.token())
  const client = await connect(world)
  const [machine] = await client.find({ names: ['real'], watch: true })
  if (machine === undefined) throw new Error('the machine is not there')
  const lines = join(world.folder, 'done')
  await world.relay?.stop('SIGKILL')
  await world.startRelay()
  const begun = performance.now()
  const asking = ask(client, machine, lines)
  const { relay } = world
  const back = (): number => relay?.stderr.split('"msg":"connected"').length ?? 0
  // The agents of the crowd, the real one, and this console; before the first, split finds one.
  while (back() <= size + 2) await delay(LOOK_MS)
  const seconds = (performance.now() - begun) / 1000
  await delay(stage.pick(2_000, 100))
  const asked = await asking.end()
  const done = new Set(readFileSync(lines, 'utf8').trim().split('\n'))
  const twice = readFileSync(lines, 'utf8').trim().split('\n').length - done.size
  await client.close()
  await agent.stop()
  return [
    {
      target: 'P7',
      what: `relay killed: until ${size} agents are back`,
      unit: 's',
      ours: spreadOf([seconds]),
      goal: { of: 'ours', most: 30 },
    },
    {
      target: 'P7',
      what: 'relay killed: a command of a console that is back, p99',
      unit: 'ms',
      ours: { ...spreadOf(asked.after), median: percentile(asked.after, 0.99) },
      goal: { of: 'ours', most: 250 },
    },
    {
      target: 'P7',
      what: `relay killed: commands lost or done twice, of ${asked.count}`,
      unit: 'commands',
      ours: spreadOf([asked.count - done.size + twice]),
      goal: { of: 'ours', most: 0 },
    },
  ]
}

/** One command after the other, each leaving a line on the machine. */
function ask(
  client: Client,
  machine: Machine,
  lines: string,
): { end(): Promise<{ count: number; after: number[] }> } {
  const after: number[] = []
  const state = { isOver: false, count: 0 }
  const asking = (async (): Promise<void> => {
    while (!state.isOver) {
      const wasUp = client.isUp
      const ms = await runOnce(client, machine, ['sh', '-c', `echo ${state.count++} >>${lines}`])
      if (wasUp) after.push(ms)
      await delay(EVERY_MS)
    }
  })()
  return {
    async end() {
      state.isOver = true
      await asking
      return { count: state.count, after }
    },
  }
}
