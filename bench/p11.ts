// P11: what sealing costs: the same programs, once as they are and once with a seal that seals nothing.
import { openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rolldown } from 'rolldown'
import { MiB } from '../protocol/limits.ts'
import { firstLine, type Running } from '../test/world.ts'
import { compare, type Row } from './measure.ts'
import { cpuOf } from './processes.ts'
import { envOf, type Stage } from './stage.ts'

/** Never packed: the package takes `main.js` and its chunks only. */
const FOLDER = resolve('dist', 'unsealed')

interface Pair {
  readonly agent: Running
  /** The console's script, and the name of its machine. */
  readonly script: string
  readonly name: string
}

export async function p11(stage: Stage): Promise<Row[]> {
  const world = await stage.newWorld()
  const token = await world.token()
  await build()
  const start = async (name: string, folder: (program: string) => string): Promise<Pair> => {
    const args = ['--relay', world.url, '--home', join(world.folder, name), '--name', name]
    const agent = world.spawn(folder('agent'), args, { RAGENT_TOKEN: token })
    await firstLine(agent)
    return { agent, script: folder('console'), name }
  }
  const sealed = await start('sealed', (program) => resolve('dist', program, 'main.js'))
  const plain = await start('plain', (program) => join(FOLDER, `${program}.js`))
  const size = stage.pick(512, 8)
  const stdout = openSync('/dev/null', 'w')
  const env = { ...process.env, ...envOf(world) }
  /** CPU of all three for one run, per MiB of its output (ms). */
  const cost = async ({ agent, script, name }: Pair): Promise<number[]> => {
    const pids = [agent.child.pid ?? 0, world.relay?.child.pid ?? 0]
    const others = (): number => pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
    const before = others()
    const args = [script, 'run', name, '-n', '--', 'head', '-c', String(size * MiB), '/dev/zero']
    const child = spawn(process.execPath, args, { stdio: ['ignore', stdout, 'ignore'], env })
    const closed = once(child, 'close')
    let own = 0
    while (child.exitCode === null) {
      own = cpuIfAlive(child.pid ?? 0) ?? own
      await delay(10)
    }
    await closed
    if (child.exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${child.exitCode}`)
    return [(own + others() - before) / size]
  }
  return [
    await compare(
      {
        target: 'P11',
        what: `console, relay and agent: ${size} MiB of output`,
        unit: 'CPU ms/MiB',
        goal: { of: 'ratio', most: 1.35 },
      },
      stage.pick(5, 1),
      async () => await cost(sealed),
      { name: 'the same programs, unsealed', sample: async () => await cost(plain) },
    ),
  ]
}

function cpuIfAlive(pid: number): number | undefined {
  try {
    return cpuOf(pid)
  } catch {
    // It has just ended: the last look counts.
    return undefined
  }
}

/** The two ends with another `aead.ts`. */
async function build(): Promise<void> {
  const bundle = await rolldown({
    input: { agent: 'agent/main.ts', console: 'console/main.ts' },
    platform: 'node',
    external: ['@lydell/node-pty', 'blessed', 'bufferutil', 'systeminformation', 'utf-8-validate'],
    plugins: [
      {
        name: 'unsealed',
        resolveId: (source, importer) =>
          source.endsWith('/aead.ts') && importer?.endsWith('/unsealed-aead.ts') !== true
            ? resolve('bench', 'unsealed-aead.ts')
            : undefined,
      },
    ],
  })
  await bundle.write({ dir: FOLDER, format: 'esm', chunkFileNames: '[name].js' })
  await bundle.close()
}
