// P3: how fast a program's output comes, from its start to its end.
import { openSync } from 'node:fs'
import { MiB } from '../protocol/limits.ts'
import { compare, type Row, timed } from './measure.ts'
import { finish } from './processes.ts'
import { Ssh } from './ssh.ts'
import { envOf, ours, type Stage } from './stage.ts'

export async function p03(stage: Stage): Promise<Row[]> {
  const { world } = await stage.fleet()
  const size = stage.pick(512, 4)
  const program = ['head', '-c', String(size * MiB), '/dev/zero']
  const stdout = openSync('/dev/null', 'w')
  const rate = async (command: readonly string[]): Promise<number[]> => {
    const ms = await timed(async () => await finish(command, { stdout, env: envOf(world) }))
    return [(size / ms) * 1000]
  }
  const rows: Row[] = []
  for (const { way, least, flags, name } of [
    { way: 'nat', least: 3, flags: [], name: 'ssh behind NAT, ControlMaster' },
    { way: 'direct', least: 0.7, flags: [], name: 'ssh direct, ControlMaster' },
    // As ssh does: nothing of it stays on the machine.
    { way: 'direct', least: 0.7, flags: ['--keep', '0'], name: 'ssh direct, ControlMaster' },
  ] as const) {
    const what = [`${size} MiB of a program’s output`, ...flags].join(' ')
    const row = await compare(
      { target: 'P3', what, unit: 'MiB/s', goal: { of: 'ratio', least } },
      stage.pick(3, 1),
      async () => await rate(ours('console', 'run', 'm', '-n', ...flags, '--', ...program)),
      {
        name,
        missing: Ssh.missing,
        sample: async () => await rate((await stage.ssh()).warm(way, ...program)),
      },
    )
    rows.push(row)
  }
  return rows
}
