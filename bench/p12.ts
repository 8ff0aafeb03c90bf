// P12: a large file to a machine, checked to its last byte, against scp over a connection that is kept open.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { MiB } from '../protocol/limits.ts'
import { compare, type Row, timed } from './measure.ts'
import { finish } from './processes.ts'
import { Ssh } from './ssh.ts'
import { envOf, ours, type Stage } from './stage.ts'

export async function p12(stage: Stage): Promise<Row[]> {
  const { world } = await stage.fleet()
  const size = stage.pick(256, 2)
  const folder = join(world.folder, 'p12')
  mkdirSync(folder)
  const file = join(folder, 'file')
  // What does not compress and has no holes.
  await finish(['sh', '-c', `head -c ${size * MiB} /dev/urandom >"$0"`, file])
  let count = 0
  const rate = async (command: (to: string) => readonly string[]): Promise<number[]> => {
    // A new name each time: what is there already is not sent again.
    const to = join(folder, `copy-${count++}`)
    const ms = await timed(async () => await finish(command(to), { env: envOf(world) }))
    rmSync(to)
    return [(size / ms) * 1000]
  }
  const own = async (): Promise<number[]> => await rate((to) => ours('console', 'cp', file, `m:${to}`))
  const rows: Row[] = []
  for (const { way, name, goal } of [
    { way: 'nat', name: 'scp behind NAT, ControlMaster', goal: { of: 'ratio', least: 1 } },
    { way: 'direct', name: 'scp direct, ControlMaster', goal: undefined },
  ] as const) {
    const heading = { target: 'P12', what: `a file of ${size} MiB to a machine`, unit: 'MiB/s' }
    rows.push(
      await compare(goal === undefined ? heading : { ...heading, goal }, stage.pick(5, 1), own, {
        name,
        missing: Ssh.missing,
        sample: async () => {
          const { config } = await stage.ssh()
          return await rate((to) => ['scp', '-q', '-F', config, file, `${way}:${to}`])
        },
      }),
    )
  }
  return rows
}
