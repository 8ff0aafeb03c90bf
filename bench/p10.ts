// P10: one command from nothing: process, connection, session, run and end, against ssh without a connection that is kept open, and with one.
import { compare, repeat, type Row, timed } from './measure.ts'
import { finish } from './processes.ts'
import { Ssh } from './ssh.ts'
import { envOf, ours, type Stage } from './stage.ts'

const PAUSE_MS = 150

export async function p10(stage: Stage): Promise<Row[]> {
  const { world } = await stage.fleet()
  const each = stage.pick(5, 1)
  const sample = async (command: readonly string[]): Promise<number[]> =>
    await repeat(
      each,
      PAUSE_MS,
      async () => await timed(async () => await finish(command, { env: envOf(world) })),
    )
  const own = async (): Promise<number[]> => await sample(ours('console', 'run', 'm', '-n', '--', 'true'))
  const what = 'one `true`, the whole process'
  const rounds = stage.pick(5, 1)
  return [
    await compare({ target: 'P10', what, unit: 'ms', goal: { of: 'ratio', most: 0.5 } }, rounds, own, {
      name: 'ssh behind NAT, cold',
      missing: Ssh.missing,
      sample: async () => await sample((await stage.ssh()).cold('nat', 'true')),
    }),
    await compare({ target: 'P10', what, unit: 'ms' }, rounds, own, {
      name: 'ssh behind NAT, ControlMaster',
      missing: Ssh.missing,
      sample: async () => await sample((await stage.ssh()).warm('nat', 'true')),
    }),
  ]
}
