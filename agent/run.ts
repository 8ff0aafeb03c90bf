// One run under way: its program, its output, its end. Consoles come and go.
import type { RequestOf } from '../protocol/actions/index.ts'
import { OutputDigest } from '../protocol/digest.ts'
import { type RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import type { RunReport, RunState } from '../protocol/run-report.ts'
import type { Permit } from './gate.ts'
import type { Exit, Program, ProgramOptions } from './program.ts'
import type { RunOutput } from './run-output.ts'
import { shellCommand } from './shells.ts'
import { after } from './timer.ts'

export type StartProgram = (options: ProgramOptions) => Promise<Program>

/** Why we end it. */
export interface Ending {
  readonly state: Extract<RunState, 'timed out' | 'cancelled'>
  readonly cause: string
}

export interface RunOptions {
  readonly request: RequestOf<'run'>
  /** As whom, and within which limits of the owner's. */
  readonly permit: Permit
  readonly output: RunOutput
  /** The machine's own names and addresses. */
  readonly names: readonly string[]
  readonly start: StartProgram
  /** It is over: called once, before anyone hears of it. */
  readonly settled: (report: RunReport, refusal: RconsoleError | undefined) => Promise<void>
}

export class Run {
  readonly output: RunOutput
  /** Resolves when it is over, and its result is kept. */
  readonly over: Promise<void>
  /** Resolves when its program runs, or never will. */
  readonly begun: Promise<void>
  readonly #options: RunOptions
  readonly #digest: OutputDigest
  readonly #printed = { 1: 0, 2: 0 }
  readonly #startedAt = Date.now()
  #program: Program | undefined
  #ending: Ending | undefined
  #report: RunReport | undefined
  #refusal: RconsoleError | undefined
  #finish: () => void = () => undefined
  #became: () => void = () => undefined

  constructor(options: RunOptions) {
    this.#options = options
    this.output = options.output
    this.#digest = new OutputDigest({ names: options.names, alike: options.request.alike === true })
    this.over = new Promise((resolve) => {
      this.#finish = resolve
    })
    const became = new Promise<void>((resolve) => {
      this.#became = resolve
    })
    this.begun = Promise.race([became, this.over])
  }

  /** Why it could not be started. */
  get refusal(): RconsoleError | undefined {
    return this.#refusal
  }

  /** How it stands. */
  report(): RunReport {
    if (this.#report !== undefined) return this.#report
    const { paused } = this.output
    if (paused !== undefined) return this.#standing('paused', paused)
    return this.#standing(this.#program === undefined ? 'started' : 'running', undefined)
  }

  /** Start the program and go with it to its end. Call it once its `started` is on the disk. Never throws. */
  async live(): Promise<void> {
    const { request, permit } = this.#options
    // Without a timeout, or with 0 as for timeout(1), a program may run for ever, unless the owner says how long.
    const asked = request.timeout || Infinity
    const timeout = Math.min(asked, permit.timeout ?? Infinity)
    const whose = timeout < asked ? ", limits.timeout of the owner's policy" : ''
    const cause = `after ${timeout} ms${whose}; everything it started was ended`
    const timedOut = (): void => void this.end({ state: 'timed out', cause })
    const stop = timeout < Infinity ? after(timeout, timedOut) : undefined
    try {
      await this.#settle(await this.#live())
    } catch (error) {
      await this.#fail(error)
    } finally {
      stop?.()
      this.#finish()
    }
  }

  /** The `started` of this run could not be written: it never began. */
  refuse(error: RconsoleError): void {
    this.#refusal = error
    void this.output.end()
    this.#finish()
  }

  write(data: Uint8Array): Promise<void> {
    return this.#program?.write(data) ?? Promise.resolve()
  }

  closeInput(): void {
    this.#program?.closeInput()
  }

  signal(signal: NodeJS.Signals): void {
    this.#program?.signal(signal)
  }

  /** End all that it started. Resolves when nothing of it is left and its result is kept. */
  async end(ending: Ending): Promise<void> {
    if (this.#program?.hasExited !== true) this.#ending ??= ending
    this.output.letGo()
    await this.#program?.end()
    await this.over
  }

  async #live(): Promise<RunReport> {
    const { id, program: asked, cwd, env } = this.#options.request
    if (this.#ending !== undefined) return this.#ended({ code: null, signal: null })
    const { permit } = this.#options
    const argv = 'argv' in asked ? asked.argv : shellCommand(asked.shell, asked.line, permit.account)
    const most =
      permit.output === undefined ? undefined : { bytes: permit.output, exceeded: () => this.#overrun() }
    const program = await this.#options.start({ id, argv, cwd, env, launch: permit, most })
    this.#program = program
    this.#became()
    // Someone ended it while it was being started.
    if (this.#isEnding()) void program.end()
    void program.exited.then(() => this.output.letGo())
    for await (const chunk of program.output) {
      this.#digest.push(chunk.fd, chunk.data)
      await this.output.take(chunk)
      this.#printed[chunk.fd] += chunk.data.length
    }
    return this.#ended(await program.over)
  }

  /** It could not be started, or could not be gone on with: whoever follows hears why. */
  async #fail(error: unknown): Promise<void> {
    const { code, message } = toRconsoleError(error)
    this.output.letGo()
    await this.#program?.end()
    if (this.#program === undefined) this.#refusal = toRconsoleError(error)
    const state = this.#program === undefined ? 'refused' : 'interrupted'
    await this.#settle({ ...this.#standing(state, `${code}: ${message}`.slice(0, 900)), endedAt: Date.now() })
  }

  async #settle(report: RunReport): Promise<void> {
    await this.output.end()
    this.#report = report
    await this.#options.settled(report, this.#refusal)
  }

  #standing(state: RunState, cause: string | undefined): RunReport {
    return {
      state,
      code: null,
      signal: null,
      ...(cause === undefined ? {} : { cause }),
      startedAt: this.#startedAt,
      output: { stdout: this.#printed[1], stderr: this.#printed[2], masked: [], ...this.#dropped() },
    }
  }

  #ended(exit: Exit): RunReport {
    const { stdout, stderr, digest, masked, alike } = this.#digest.end()
    return {
      ...(this.#ending ?? { state: 'done' }),
      code: exit.code,
      signal: exit.signal,
      startedAt: this.#startedAt,
      endedAt: Date.now(),
      output: {
        stdout,
        stderr,
        digest,
        masked,
        ...(alike === undefined ? {} : { alike }),
        ...this.#dropped(),
      },
    }
  }

  #dropped(): { dropped?: number } {
    const dropped = this.output.total - this.output.kept.window
    return dropped > 0 ? { dropped } : {}
  }

  /** It printed more than the owner allows. That is said even if it has exited: what it printed is not all there. */
  #overrun(): void {
    const cause = `it printed more than limits.output of the owner's policy (${this.#options.permit.output} bytes); everything it started was ended`
    const ending = { state: 'cancelled', cause } as const
    this.#ending ??= ending
    void this.end(ending)
  }

  #isEnding(): boolean {
    return this.#ending !== undefined
  }
}
