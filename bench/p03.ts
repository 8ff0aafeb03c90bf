// P3: how fast a program's output comes, from its start to its end.
import { openSync } from 'node:fs'
import { MiB } from '../protocol/limits.ts'
import { compare, type Row, timed } from './measure.ts'
import { finish } from './processes.ts'
import { Ssh } from './ssh.ts'
import { envOf, ours, type Stage } from './stage.ts'

export async function p03(stage: Stage): Promise<Row[]> {
  const { world } = await stage.fleet()
  const size = stage.pick(1024, 8)
  const program = ['head', '-c', String(size * MiB), '/dev/zero']
  const stdout = openSync('/dev/null', 'w')
  const rate = async (command: readonly string[]): Promise<number[]> => {
    const ms = await timed(async () => await finish(command, { stdout, env: envOf(world) }))
    return [(size / ms) * 1000]
  }
  const rows: Row[] = []
  for (const [way, least, name] of [
    ['nat', 3, 'ssh behind NAT, ControlMaster'],
    ['direct', 0.7, 'ssh direct, ControlMaster'],
  ] as const)
    rows.push(
      await compare(
        {
          target: 'P3',
          what: `${size} MiB of a program’s output`,
          unit: 'MiB/s',
          goal: { of: 'ratio', least },
        },
        stage.pick(3, 1),
        async () => await rate(ours('console', 'run', 'm', '-n', '--', ...program)),
        {
          name,
          missing: Ssh.missing,
          sample: async () => await rate((await stage.ssh()).warm(way, ...program)),
        },
      ),
    )
  return rows
}
