// P1: a short command on one machine inside a warm session, against ssh over connections that are kept open.
import { once } from 'node:events'
import { compare, repeat, type Row, timed } from './measure.ts'
import { finish } from './processes.ts'
import { Ssh } from './ssh.ts'
import { envOf, type Stage } from './stage.ts'

/** As a person or a script leaves: back to back the path through the hub is four times slower, which would flatter us (ms). */
const PAUSE_MS = 150

export async function p01(stage: Stage): Promise<Row[]> {
  const { world } = await stage.fleet()
  const session = world.start('console', ['connect', 'm'], envOf(world))
  const { stdin, stdout } = session.child
  if (stdin === null || stdout === null) throw new Error('no pipes')
  const echo = async (): Promise<number> =>
    await timed(async () => {
      const answered = once(stdout, 'data')
      stdin.write('linux:echo\n')
      await answered
    })
  await echo()
  const each = stage.pick(10, 2)
  const rows: Row[] = []
  for (const [way, most] of [
    ['nat', 0.35],
    ['direct', 0.5],
  ] as const) {
    const ask = async (): Promise<void> => await finish((await stage.ssh()).warm(way, 'echo'))
    const row = await compare(
      { target: 'P1', what: 'a short command in a warm session', unit: 'ms', goal: { of: 'ratio', most } },
      stage.pick(8, 1),
      async () => await repeat(each, PAUSE_MS, echo),
      {
        name: way === 'nat' ? 'ssh behind NAT, ControlMaster' : 'ssh direct, ControlMaster',
        missing: Ssh.missing,
        sample: async () => await repeat(each, PAUSE_MS, async () => await timed(ask)),
      },
    )
    rows.push(row)
  }
  await session.stop()
  return rows
}
