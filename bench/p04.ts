// P4: `true` on many machines at once, each a process of its own, against pdsh over connections that are kept open.
import { join } from 'node:path'
import { firstLine } from '../test/world.ts'
import { compare, type Row, timed } from './measure.ts'
import { finish, has } from './processes.ts'
import { Ssh } from './ssh.ts'
import { envOf, ours, type Stage } from './stage.ts'

/** Started at the same time: more would only wait for each other. */
const AT_ONCE = 2

export async function p04(stage: Stage): Promise<Row[]> {
  const size = stage.pick(100, 2)
  const world = await stage.newWorld()
  const token = await world.token('--max', String(size), '--label', 'env=many')
  for (let first = 0; first < size; first += AT_ONCE) {
    const started = Array.from({ length: AT_ONCE }, (_, index) => {
      const name = `many-${first + index}`
      const args = ['--relay', world.url, '--name', name, '--home', join(world.folder, name)]
      return world.start('agent', args, { RAGENT_TOKEN: token })
    })
    for (const running of started) await firstLine(running)
  }
  const mine = ours('console', 'run', 'env=many', '--expect', String(size), '--', 'true')
  const heading = { target: 'P4', what: `\`true\` on ${size} machines`, unit: 'ms' } as const
  const own = async (): Promise<number[]> => await sample(mine, envOf(world))
  const rounds = stage.pick(5, 1)
  const missing = Ssh.missing ?? (has('pdsh') ? undefined : 'pdsh is not installed')
  const machines = missing === undefined ? await manyMasters(stage, size) : []
  return [
    await compare({ ...heading, goal: { of: 'ratio', most: 0.4 } }, rounds, own, {
      name: 'pdsh over ControlMasters',
      missing,
      sample: async () => {
        const args = `-F ${(await stage.ssh()).config}`
        return await sample(['pdsh', '-S', '-R', 'ssh', '-f', String(size), '-w', machines.join(), 'true'], {
          PDSH_SSH_ARGS: `${args} %h`,
        })
      },
    }),
    await compare({ ...heading, goal: { of: 'ratio', most: 0.05 } }, rounds, own, {
      name: 'ansible -m raw',
      missing: Ssh.missing ?? (has('ansible') ? undefined : 'ansible is not installed'),
      sample: async () => {
        const { config } = await stage.ssh()
        return await sample(
          ['ansible', 'all', '-f', '100', '-i', `${machines.join()},`, '-m', 'raw', '-a', 'true'],
          {
            ANSIBLE_SSH_ARGS: `-F ${config}`,
          },
        )
      },
    }),
  ]
}

async function manyMasters(stage: Stage, size: number): Promise<string[]> {
  const ssh = await stage.ssh()
  const names = Array.from({ length: size }, (_, n) => `many-${n}`)
  for (const name of names) await ssh.master('direct', name)
  return names
}

async function sample(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number[]> {
  return [await timed(async () => await finish(command, { env }))]
}
