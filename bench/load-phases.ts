// What the load does to a relay, one thing after the other, and what a console sees of it meanwhile.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '../console/client.ts'
import type { Machine } from '../console/machine.ts'
import { KiB, MiB } from '../protocol/limits.ts'
import { until } from '../test/until.ts'
import { firstLine, type Running, type World } from '../test/world.ts'
import { connect, runOnAll, runOnce } from './console.ts'
import { timed } from './measure.ts'
import { cpuOf, memoryOf } from './processes.ts'
import { simulate, Stage } from './stage.ts'

/** Simulated agents of one process, each process on a loopback address of its own. */
const EACH = 2_500
/** The one machine that is asked all the time is asked so often (ms). */
const EVERY_MS = 20
/** After a storm, until what it left behind has been collected (ms). */
const SETTLE_MS = 5_000
const START_MS = 1_200_000

export class Load {
  readonly #size: number
  readonly #stage: Stage
  readonly #world: World
  readonly #token: string
  /** What the relay held before anyone came (bytes). */
  readonly #bare: number
  #crowd: Running[] = []
  #console: { readonly client: Client; readonly real: Machine } | undefined
  /** Commands that leave a line on the real machine. */
  asked = 0

  private constructor(size: number, stage: Stage, world: World, token: string) {
    this.#size = size
    this.#stage = stage
    this.#world = world
    this.#token = token
    this.#bare = memoryOf(this.#relay)
  }

  /** A relay and one real machine. */
  static async start(size: number): Promise<Load> {
    process.env['RELAY_HOST'] = '0.0.0.0'
    const stage = new Stage({ isSmoke: false, crowd: 0 })
    const world = await stage.newWorld()
    world.url = addressOf(world, 1)
    const load = new Load(size, stage, world, await world.token('--max', String(size + 1)))
    await world.startAgent('real', load.#token)
    return load
  }

  /** The crowd joins; agents a second. */
  async connect(): Promise<number> {
    const ms = await timed(async () => await this.#startCrowd())
    await this.#everyone()
    return (this.#size / ms) * 1000
  }

  /** What an idle agent costs: memory (KiB) and CPU (µs a second). */
  async idle(ms: number): Promise<{ memory: number; cpu: number }> {
    await delay(SETTLE_MS)
    const before = cpuOf(this.#relay)
    await delay(ms)
    return {
      memory: (memoryOf(this.#relay) - this.#bare) / KiB / this.#size,
      cpu: ((cpuOf(this.#relay) - before) * 1_000_000) / ms / this.#size,
    }
  }

  /** A console asks for 1 GiB of one agent and does not read it: what the relay holds more (MiB). */
  async slowConsole(ms: number): Promise<number> {
    const before = memoryOf(this.#relay)
    const console = this.#world.start('console', [
      'run',
      'sim-00000',
      '-n',
      '--',
      'print',
      String(64 * KiB),
      '16384',
    ])
    await until(() => console.bytes > 0, 'the first output')
    console.child.stdout?.pause()
    await delay(ms)
    const grown = (memoryOf(this.#relay) - before) / MiB
    await console.stop('SIGKILL')
    return grown
  }

  /** One agent sends 1 GiB as fast as it can: what runs on the real machine take (ms). */
  async flood(): Promise<number[]> {
    const { client } = await this.#connected()
    const [machine] = await client.find({ names: ['sim-00001'], watch: false })
    if (machine === undefined) throw new Error('nobody to flood with')
    return await this.#askDuring(runOnce(client, machine, ['print', String(64 * KiB), '16384']))
  }

  /** Every agent of the crowd is killed, and comes back: how long that takes, and what runs on the real machine take. */
  async storm(): Promise<{ seconds: number; others: number[] }> {
    for (const running of this.#crowd) await running.stop('SIGKILL')
    const begun = performance.now()
    const others = await this.#askDuring(this.#startCrowd())
    await this.#everyone()
    return { seconds: (performance.now() - begun) / 1000, others }
  }

  /** One run on all of them (ms). */
  async runOnAll(): Promise<number> {
    const machines = await this.#everyone()
    const { client } = await this.#connected()
    return await timed(async () => await runOnAll(client, machines, ['true']))
  }

  async settledMemory(): Promise<number> {
    await delay(SETTLE_MS)
    return memoryOf(this.#relay)
  }

  /** Commands that did not leave exactly one line. */
  async lost(): Promise<number> {
    const lines = readFileSync(this.#lines, 'utf8').trim().split('\n')
    const done = new Set(lines)
    return await Promise.resolve(this.asked - done.size + (lines.length - done.size))
  }

  async end(): Promise<void> {
    await this.#console?.client.close()
    await this.#stage.end()
  }

  get #relay(): number {
    return this.#world.relay?.child.pid ?? 0
  }

  get #lines(): string {
    return join(this.#world.folder, 'done')
  }

  async #startCrowd(): Promise<void> {
    this.#crowd = []
    for (let first = 0, n = 2; first < this.#size; first += EACH, n++) {
      const part = { first, count: Math.min(EACH, this.#size - first), url: addressOf(this.#world, n) }
      this.#crowd.push(simulate(this.#world, part, this.#token))
    }
    for (const running of this.#crowd) await firstLine(running, START_MS)
  }

  async #connected(): Promise<{ readonly client: Client; readonly real: Machine }> {
    if (this.#console !== undefined) return this.#console
    const client = await connect(this.#world)
    const [real] = await client.find({ names: ['real'], watch: false })
    if (real === undefined) throw new Error('the real machine is not there')
    return (this.#console = { client, real })
  }

  /** The crowd, as soon as the relay shows all of it. */
  async #everyone(): Promise<Machine[]> {
    const { client } = await this.#connected()
    for (;;) {
      const machines = await client.find({ watch: false })
      const crowd = machines.filter(({ name, state }) => name !== 'real' && state === 'online')
      if (crowd.length === this.#size) return crowd
      await delay(500)
    }
  }

  /** Runs on the real machine, one after the other, until `work` is done (ms each). */
  async #askDuring(work: Promise<unknown>): Promise<number[]> {
    const { client, real } = await this.#connected()
    const state = { isOver: false }
    const done = work.finally(() => {
      state.isOver = true
    })
    const samples: number[] = []
    do {
      samples.push(await runOnce(client, real, ['sh', '-c', `echo ${this.asked++} >>${this.#lines}`]))
      await delay(EVERY_MS)
    } while (!state.isOver)
    await done
    return samples
  }
}

/** The relay under another loopback address: as many as there are processes of agents, so that no pair of addresses runs out of ports. */
function addressOf(world: World, n: number): string {
  const url = new URL(world.url)
  url.hostname = `127.0.0.${n}`
  return url.origin
}
