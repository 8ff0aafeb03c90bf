// A whole world on real processes and sockets: a relay, agents, and a console's folder; gone when the test is.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { enrol } from '../agent/enrol.ts'
import { AgentHome } from '../agent/home.ts'
import { parseRelayUrl } from '../protocol/relay-url.ts'
import { until } from './until.ts'

/** A test of tap, as far as a world needs it. */
interface Test {
  teardown(handler: () => Promise<void>): unknown
}

export interface Answer {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: Uint8Array | string
  readonly env?: NodeJS.ProcessEnv
  /** Called once the process runs. */
  readonly started?: (child: ChildProcess) => void
}

/** A program under way, with what it has said so far. */
export class Running {
  readonly child: ChildProcess
  readonly exit: Promise<Answer>
  readonly #stdout: Buffer[] = []
  stderr = ''

  constructor(child: ChildProcess) {
    this.child = child
    child.stdout?.on('data', (data: Buffer) => this.#stdout.push(data))
    child.stderr?.on('data', (data: Buffer) => {
      this.stderr += data.toString()
    })
    this.exit = once(child, 'close').then(() => ({
      status: child.exitCode,
      signal: child.signalCode,
      stdout: this.stdout,
      stderr: this.stderr,
    }))
  }

  get stdout(): Buffer {
    return Buffer.concat(this.#stdout)
  }

  get bytes(): number {
    return this.#stdout.reduce((sum, part) => sum + part.length, 0)
  }

  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** End it, however it takes it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Answer> {
    if (!this.isOver) this.child.kill(signal)
    return await this.exit
  }
}

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'rconsole-test-'))
  readonly #running = new Set<Running>()
  fleet = ''
  url = ''
  relay: Running | undefined
  #port = 0

  constructor(t: Test) {
    t.teardown(async () => {
      for (const running of this.#running) await running.stop('SIGKILL')
      rmSync(this.folder, { recursive: true, force: true })
    })
  }

  get home(): string {
    return join(this.folder, 'console')
  }

  /** Start one of our three programs; it is stopped with the world. */
  start(
    program: 'relay' | 'agent' | 'console',
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Running {
    return this.spawn(resolve('dist', program, 'main.js'), args, env)
  }

  /** Start a process of simulated agents: see fixtures/agents.ts. */
  simulate(args: readonly string[], token: string): Running {
    return this.spawn(resolve('dist/test/fixtures/agents.js'), args, { RAGENT_TOKEN: token })
  }

  /** Start a script; it is stopped with the world. */
  spawn(path: string, args: readonly string[], env: NodeJS.ProcessEnv): Running {
    const child = spawn(process.execPath, [path, ...args], {
      env: { ...process.env, RCONSOLE_HOME: this.home, RCONSOLE_RELAY: this.url, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // Whoever ends before reading its input is a case of its own, not an error of the test.
    child.stdin.on('error', () => undefined)
    const running = new Running(child)
    this.#running.add(running)
    return running
  }

  /** Run a subcommand to its end. */
  async rconsole(args: readonly string[], options: RunOptions = {}): Promise<Answer> {
    const running = this.start('console', args, options.env)
    options.started?.(running.child)
    running.child.stdin?.end(options.input ?? '')
    return await running.exit
  }

  /** The same, for one that must succeed: its stdout as text. */
  async ok(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await this.rconsole(args, options)
    if (status !== 0) throw new Error(`rconsole ${args.join(' ')} ended with ${status}: ${stderr}`)
    return stdout.toString()
  }

  /** A copy of a machine's disk, as a snapshot or an image has it: a socket is none of it. */
  copyDisk(name: string, copy: string): string {
    const folder = join(this.folder, copy)
    cpSync(join(this.folder, name), folder, { recursive: true, filter: (path) => !path.endsWith('.sock') })
    return folder
  }

  async init(): Promise<void> {
    this.fleet = JSON.parse(await this.ok(['init', '--no-passphrase', '--json'])).fleet
  }

  /** Start the relay, or start it again on the same port and data. */
  async startRelay(): Promise<void> {
    const args = ['--fleet', this.fleet, '--port', String(this.#port), '--data', join(this.folder, 'relay')]
    const relay = this.start('relay', args)
    const line = await firstLine(relay)
    this.relay = relay
    this.url = line.replace(/^rrelay listening on /, '')
    this.#port = Number(new URL(this.url).port)
  }

  async token(...flags: readonly string[]): Promise<string> {
    return JSON.parse(await this.ok(['token', 'new', '--json', ...flags])).token
  }

  /** Start an agent; with a token the first time. Resolves when it is connected. */
  async startAgent(name: string, token?: string, ...flags: readonly string[]): Promise<Running> {
    const args = ['--relay', this.url, '--name', name, '--home', join(this.folder, name), ...flags]
    const agent = this.start('agent', args, token === undefined ? {} : { RAGENT_TOKEN: token })
    await firstLine(agent)
    return agent
  }

  /** Use a token without starting an agent. */
  async enrol(token: string, name: string): ReturnType<typeof enrol> {
    const home = new AgentHome(mkdtempSync(join(this.folder, 'enrolled-')))
    return await enrol(home, { relay: parseRelayUrl(this.url), token, name })
  }

  /** Everything that any program has written to a file. */
  read(...path: readonly string[]): string {
    return readFileSync(join(this.folder, ...path), 'latin1')
  }

  machine(name: string): Promise<Record<string, unknown>> {
    return this.ok(['ls', name, '--json']).then((line) => JSON.parse(line))
  }
}

/** A fleet with a relay and agents, ready. */
export async function world(
  t: Test,
  ...agents: readonly string[]
): Promise<World & { readonly agents: Running[] }> {
  const made = new World(t)
  await made.init()
  await made.startRelay()
  const token = await made.token('--label', 'env=test')
  const started = await Promise.all(agents.map((name) => made.startAgent(name, token)))
  return Object.assign(made, { agents: started })
}

/** @throws when the program ends without one, with what it said instead */
export async function firstLine(running: Running, ms?: number): Promise<string> {
  await until(() => running.isOver || running.stdout.includes(0x0a), 'the first line', ms)
  const [line = '', ...rest] = running.stdout.toString().split('\n')
  if (rest.length === 0) throw new Error(`ended without a line: ${(await running.exit).stderr}`)
  return line
}

/** Processes whose command line contains `marker`, but for our own consoles. */
export async function processesWith(marker: string): Promise<string[]> {
  const { execa } = await import('execa')
  const { stdout } = await execa('ps', ['-eo', 'pid=,args='])
  return stdout.split('\n').filter((line) => line.includes(marker) && !line.includes('console/main.js'))
}
