// What the benches play on: a real fleet, the same machine over ssh, and a crowd of simulated agents; each made once, when first asked for.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { firstLine, type Running, World } from '../test/world.ts'
import { Ssh } from './ssh.ts'

/** Simulated agents of one process. */
const EACH = 2_500

export interface Sizes {
  /** Small sizes, to see that each bench works. */
  readonly isSmoke: boolean
  /** Simulated agents. */
  readonly crowd: number
}

/** A relay, and one machine called `m`. */
export interface Fleet {
  readonly world: World
  readonly agent: Running
}

export interface Crowd {
  readonly world: World
  readonly size: number
  readonly processes: Running[]
}

export class Stage {
  readonly sizes: Sizes
  readonly #ends: (() => Promise<void>)[] = []
  #fleet: Promise<Fleet> | undefined
  #ssh: Promise<Ssh> | undefined
  #crowd: Promise<Crowd> | undefined

  constructor(sizes: Sizes) {
    this.sizes = sizes
  }

  /** `full` unless only trying. */
  pick<T>(full: T, smoke: T): T {
    return this.sizes.isSmoke ? smoke : full
  }

  async fleet(): Promise<Fleet> {
    return await (this.#fleet ??= this.#startFleet())
  }

  /** The way to this very machine as people have it without us. @throws when ssh or sshd is missing: see Ssh.missing */
  async ssh(): Promise<Ssh> {
    return await (this.#ssh ??= Ssh.start(this))
  }

  async crowd(): Promise<Crowd> {
    return await (this.#crowd ??= this.#startCrowd())
  }

  /** A world of its own, so that no bench measures what another left behind; only trying, one does for all. */
  async newWorld(): Promise<World> {
    return this.sizes.isSmoke ? (await this.fleet()).world : await this.#startWorld()
  }

  /** Called with what has to be undone at the end; the name is a test's. */
  teardown(handler: () => Promise<void>): void {
    this.#ends.push(handler)
  }

  async end(): Promise<void> {
    for (const handler of this.#ends.toReversed()) await handler()
  }

  async #startWorld(): Promise<World> {
    const world = new World(this)
    await world.init()
    await world.startRelay()
    return world
  }

  async #startFleet(): Promise<Fleet> {
    const world = await this.#startWorld()
    return { world, agent: await world.startAgent('m', await world.token()) }
  }

  async #startCrowd(): Promise<Crowd> {
    const world = await this.#startWorld()
    const { crowd: size } = this.sizes
    const token = await world.token('--max', String(size), '--label', 'env=sim')
    const processes: Running[] = []
    for (let first = 0; first < size; first += EACH)
      processes.push(simulate(world, { first, count: Math.min(EACH, size - first) }, token))
    for (const running of processes) await firstLine(running, 1_200_000)
    return { world, size, processes }
  }
}

/** Simulated agents `first` to `first + count`, in one process; those that have joined before only connect. */
export function simulate(
  world: World,
  { first, count, url = world.url }: { first: number; count: number; url?: string },
  token: string,
): Running {
  const folder = join(world.folder, 'crowd')
  mkdirSync(folder, { recursive: true })
  return world.simulate([url, folder, String(first), String(count), '1'], token)
}

/** The command line of one of our programs, as the benches start it. */
export function ours(program: 'console' | 'agent' | 'relay', ...args: readonly string[]): string[] {
  return [process.execPath, resolve('dist', program, 'main.js'), ...args]
}

/** The environment in which `rconsole` knows a world. */
export function envOf(world: World): NodeJS.ProcessEnv {
  return { RCONSOLE_HOME: world.home, RCONSOLE_RELAY: world.url }
}
