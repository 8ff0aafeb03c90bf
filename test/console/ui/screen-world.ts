// The real UI on streams in memory; what a terminal emulator makes of its bytes is what a test sees.
import { PassThrough, Writable } from 'node:stream'
// CommonJS: at run time it has a default export only, whatever its types say.
// oxlint-disable-next-line import/default
import unicode11 from '@xterm/addon-unicode11'
import xterm from '@xterm/headless'
import { runUi } from '../../../console/ui/app.ts'
import type {
  Fleet,
  MachineRow,
  Prompt,
  RelayState,
  Sample,
  UiOptions,
  Vitals,
} from '../../../console/ui/fleet.ts'
import { until } from '../../until.ts'
import { FakeInsides } from './insides-world.ts'
import { FakeDeeds } from './fake-deeds.ts'
import { NOW } from './now.ts'
import { PlayedRuns } from './run-world.ts'
import { PlayedShells } from './shell-world.ts'

export { NOW } from './now.ts'
const HOUR = 3_600_000

/** A terminal of `columns` by `rows` that shows what is written to `stdout` and types into `stdin`. */
export class Emulator {
  readonly stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => this.#setRaw(on),
  })
  readonly stdout: Writable & { isTTY: boolean; columns: number; rows: number }
  readonly terminal: xterm.Terminal
  /** All that was written to the terminal. */
  written = ''
  writes = 0
  isRaw = false

  constructor(columns = 80, rows = 24) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
    // oxlint-disable-next-line import/no-named-as-default-member
    this.terminal.loadAddon(new unicode11.Unicode11Addon())
    this.terminal.unicode.activeVersion = '11'
    const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
      this.written += chunk.toString()
      this.writes += 1
      this.terminal.write(chunk, done)
    }
    this.stdout = Object.assign(new Writable({ write }), { isTTY: true, columns, rows })
  }

  /** Its lines, without the blanks at their ends. */
  get text(): string {
    const lines = Array.from({ length: this.terminal.rows }, (_, y) => this.line(y))
    return lines.join('\n')
  }

  line(y: number): string {
    return this.terminal.buffer.active.getLine(y)?.translateToString(true).trimEnd() ?? ''
  }

  type(keys: string): void {
    this.stdin.write(keys)
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows)
    Object.assign(this.stdout, { columns, rows })
    this.stdout.emit('resize')
  }

  /** Wait until the screen shows `what`. */
  async shows(what: RegExp): Promise<void> {
    try {
      await until(() => what.test(this.text), `the screen shows ${what}`)
    } catch (error) {
      throw new Error(`never saw ${what} in\n${this.text}`, { cause: error })
    }
  }

  #setRaw(on: boolean): void {
    this.isRaw = on
  }
}

/** Vitals that a test tells. */
export class FakeVitals implements Vitals {
  watched: readonly string[] = []
  surveyed: readonly string[] = []
  asking = 0
  readonly #samples = new Map<string, readonly Sample[]>()
  readonly #listeners = new Set<() => void>()

  of(id: string): readonly Sample[] {
    return this.#samples.get(id) ?? []
  }

  watch(ids: readonly string[]): void {
    this.watched = ids
  }

  survey(ids: readonly string[]): void {
    this.surveyed = ids
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(id: string, ...samples: readonly Omit<Sample, 'at'>[]): void {
    const first = NOW - 2000 * (samples.length - 1)
    this.#samples.set(
      id,
      samples.map((sample, index) => ({ at: first + 2000 * index, ...sample })),
    )
    for (const listener of this.#listeners) listener()
  }
}

/** A fleet that a test changes. */
export class FakeFleet implements Fleet {
  readonly vitals = new FakeVitals()
  readonly meanings = { set: () => undefined, outcome: () => undefined }
  machines: readonly MachineRow[]
  relay: RelayState = { url: 'https://relay.example', up: true, rtt: 12.4 }
  warning = ''
  joinHint = 'npx rconsole-agent --relay https://relay.example --token rjt_7F3K92QA'
  readonly #listeners = new Set<() => void>()

  constructor(machines: readonly MachineRow[]) {
    this.machines = machines
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  set(machines: readonly MachineRow[]): void {
    this.machines = machines
    for (const listener of this.#listeners) listener()
  }

  get listeners(): number {
    return this.#listeners.size
  }
}

/** A prompt that says what it was given; `wait` goes on until it is cancelled. */
export class EchoPrompt implements Prompt {
  readonly lines: string[] = []
  isClosed = false

  async run(line: string, write: (output: Uint8Array | string) => void, signal: AbortSignal): Promise<void> {
    this.lines.push(line)
    write(Buffer.from(`you said ${line}\r\n`))
    if (line === 'fail') throw new Error('no such shell: pwsh')
    if (line === 'hostile') write('\x1b]52;c;eA==\x07\x1b[2J\u202edrow\n50%\r100%\nthe end')
    if (line === 'many') write(Array.from({ length: 100 }, (_, at) => `line ${at}\n`).join(''))
    if (line !== 'wait') return
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')))
    })
  }

  async close(): Promise<void> {
    this.isClosed = true
  }
}

export function machine(name: string, more: Partial<MachineRow> = {}): MachineRow {
  const row = {
    id: `id-${name}`,
    name,
    state: 'online',
    since: NOW - HOUR,
    os: 'Debian 12',
    labels: { env: 'prod' },
    policy: 'full',
    version: '0.1.0',
  }
  return { ...row, ...more }
}

export const SIX = [
  machine('web-0001'),
  machine('web-0002', { policy: 'allow' }),
  machine('db-0001', { labels: { env: 'prod', role: 'db' }, policy: 'diagnose' }),
  machine('db-0002', { state: 'offline', since: NOW - 26 * HOUR }),
  machine('gw-0001', {
    state: 'killed',
    by: 'alice',
    since: NOW - 58 * 60_000,
    os: 'Alpine 3.24',
    labels: {},
  }),
  machine('old', {
    state: 'disconnected',
    by: 'bob',
    since: NOW - 400 * 24 * HOUR,
    os: 'Windows 11',
    labels: {},
  }),
]

/** The UI on an emulator, over `machines`; `ended` is its exit status. */
export function startUi(machines: readonly MachineRow[], more: Partial<UiOptions> = {}) {
  const emulator = new Emulator()
  const fleet = new FakeFleet(machines)
  const prompt = new EchoPrompt()
  const shells = new PlayedShells()
  const runs = new PlayedRuns()
  const env = { TERM: 'xterm-256color' }
  const deeds = new FakeDeeds()
  const insides = new FakeInsides()
  const { order, books, saveSet } = deeds
  const { stdin, stdout } = emulator
  const ended = runUi({
    stdin,
    stdout,
    fleet,
    openPrompt: () => prompt,
    insides: () => insides,
    order,
    books,
    saveSet,
    shells,
    runs,
    now: () => NOW,
    env,
    ...more,
  })
  return { emulator, fleet, prompt, deeds, insides, shells, runs, ended }
}
