// One run on many machines: ask them all without holding up the console, and know at every moment where each stands.
import { setMaxListeners } from 'node:events'
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import type { OutputOf, RequestOf } from '../../protocol/actions/index.ts'
import { RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import { KiB, MiB, RUN_INLINE_BYTES, STREAM_WINDOW } from '../../protocol/limits.ts'
import type { RunReport } from '../../protocol/run-report.ts'
import type { CallOptions } from '../call.ts'
import type { Client } from '../client.ts'
import type { Machine } from '../machine.ts'
import { type Answered, Entry } from './entry.ts'
import type { Body, Printed } from './groups.ts'
import { failureState, isSilent, reportedState, unreachableState } from './states.ts'

/** What all streams of a console may be ahead of it together (bytes), and one at least. */
const CREDIT_BYTES = 16 * MiB
const LEAST_CREDIT = 1 * KiB
/** The console is not held up longer than this by sealing (ms). */
const BATCH_MS = 5
/** A run whose connection was lost is asked for again so many times, by the same id: never run twice. */
const ASK_AGAIN = 2
/** How often silent machines are looked at, and what the relay shows of them (ms). */
const SILENT_MS = 1_000
const LOOK_MS = 200

export interface FanOptions {
  readonly client: Client
  readonly machines: readonly Machine[]
  /** The run, and how it is begun where it is not yet; without that, it is only followed where it is. */
  readonly id: string
  readonly begin?: RequestOf<'run'> | undefined
  /** Machines at work at once. */
  readonly parallel: number
  /** Machines that are silent are asked again for this long (ms). */
  readonly retryFor: number
  /** CANCELLED ends the run everywhere, GONE leaves it to the machines. */
  readonly signal: AbortSignal
  /** An output as it comes; without it, small ones come with the answer. */
  readonly printed?: (entry: Entry, chunk: Printed) => Promise<void>
  readonly answered: (answer: Answered) => void
  readonly changed: (entry: Entry) => void
}

export class FanOut {
  readonly entries: readonly Entry[]
  readonly #options: FanOptions
  readonly #credit: number

  constructor(options: FanOptions) {
    this.#options = options
    // One listener for each machine at work: that many are no leak.
    setMaxListeners(0, options.signal)
    const now = Date.now()
    this.entries = options.machines.map((machine) => new Entry(machine, now))
    const atOnce = Math.min(options.parallel, this.entries.length)
    this.#credit = Math.max(LEAST_CREDIT, Math.min(STREAM_WINDOW, Math.floor(CREDIT_BYTES / atOnce)))
  }

  /** Ask them all; resolves when none of them is under way any more. */
  async run(): Promise<void> {
    const { retryFor, signal } = this.#options
    const stop = this.#follow()
    const until = Date.now() + retryFor
    try {
      await this.#askAll(this.entries)
      while (Date.now() < until && !signal.aborted) {
        const silent = this.entries.filter(({ state }) => isSilent(state))
        if (silent.length === 0) return
        // What the relay tells meanwhile is looked at once a second.
        await delay(SILENT_MS, undefined, { signal }).catch(() => undefined)
        await this.#askAll(silent.filter(({ machine }) => machine.state === 'online'))
      }
    } finally {
      stop()
    }
  }

  async #askAll(entries: readonly Entry[]): Promise<void> {
    const slots = new Slots(this.#options.parallel)
    const underWay: Promise<void>[] = []
    let since = performance.now()
    for (const entry of entries) {
      await slots.take()
      if (performance.now() - since > BATCH_MS) {
        await turn()
        since = performance.now()
      }
      underWay.push(this.#settle(entry).finally(() => slots.free()))
    }
    await Promise.all(underWay)
  }

  /** Never throws: whatever goes wrong is a state. */
  async #settle(entry: Entry): Promise<void> {
    for (let times = 0; ; times++) {
      const { signal, begin } = this.#options
      if (isLeaving(signal)) return
      // What is only to be ended is asked for in any case.
      if (signal.aborted && begin !== undefined) {
        this.#become(entry, failureState(toRconsoleError(signal.reason), entry.machine, false))
        return
      }
      const unreachable = unreachableState(entry.machine, Date.now())
      if (unreachable !== undefined) {
        this.#become(entry, unreachable)
        return
      }
      try {
        await this.#ask(entry)
        return
      } catch (error) {
        // The machines go on without us: what was known last stands.
        if (isLeaving(signal)) return
        const reason = toRconsoleError(error)
        entry.machine = this.#options.client.machine(entry.id) ?? entry.machine
        // The agent started anew, say: what became of the run is in its books.
        const isWorthAsking = reason.code === 'LOST' && entry.isTaken && entry.machine.state === 'online'
        if (isWorthAsking && times < ASK_AGAIN && !signal.aborted) continue
        this.#become(entry, failureState(reason, entry.machine, entry.isTaken))
        return
      }
    }
  }

  async #ask(entry: Entry): Promise<void> {
    const { signal } = this.#options
    const since = Date.now()
    entry.asked = since
    this.#become(entry, { word: 'waiting', since, reason: 'asked, no answer yet' })
    const options = {
      signal,
      credit: this.#credit,
      taken: () => {
        entry.isTaken = true
        if (entry.state.word === 'waiting') this.#become(entry, { word: 'started', since })
      },
    }
    const call = this.#call(entry, options)
    const { printed } = this.#options
    const came = new Gathered()
    for (;;) {
      const { done, value } = await call.next()
      if (done === true) {
        this.#take(entry, value, printed === undefined ? came.body : undefined)
        return
      }
      if ('fd' in value) {
        if (printed === undefined) came.push(value)
        else {
          entry.grew(entry.bytes + value.data.length)
          this.#become(entry, { word: 'running', since })
          await printed(entry, value)
        }
      } else if ('running' in value) {
        entry.grew(value.running.bytes)
        const { paused } = value.running
        const word = paused === undefined ? 'running' : 'paused'
        this.#become(entry, { word, since, ...(paused === undefined ? {} : { reason: paused }) })
      }
    }
  }

  /** Begin it, or go on with what has begun: a run whose output came in part is followed from there. */
  #call(
    entry: Entry,
    options: Pick<CallOptions<'run'>, 'signal' | 'credit' | 'taken'>,
  ): AsyncGenerator<OutputOf<'run'>, RunReport, void> {
    const { client, id, begin, printed } = this.#options
    const { machine, bytes } = entry
    const inline = Math.min(RUN_INLINE_BYTES, this.#credit)
    if (begin === undefined || (printed !== undefined && bytes > 0)) {
      const reply = printed === undefined ? { from: 0, digest: { inline } } : { from: bytes }
      return client.call(machine, 'attach', { id, follow: true, ...reply }, options)
    }
    if (begin.reply !== undefined) return client.call(machine, 'run', begin, options)
    const reply = printed === undefined ? { reply: 'digest' as const, inline } : {}
    return client.call(machine, 'run', { ...begin, ...reply }, options)
  }

  #take(entry: Entry, report: RunReport, body: Body | undefined): void {
    const { stdout, stderr } = report.output
    entry.report = report
    entry.bytes = stdout + stderr
    entry.state = reportedState(report)
    const isWhole = body !== undefined && body.stdout.length === stdout && body.stderr.length === stderr
    this.#options.answered({ entry, report, body: isWhole ? body : undefined })
    this.#options.changed(entry)
  }

  #become(entry: Entry, state: Entry['state']): void {
    entry.state = state
    this.#options.changed(entry)
  }

  /** Learn what the relay shows of the machines, a few times a second however much it shows. Returns how to stop. */
  #follow(): () => void {
    const { client } = this.#options
    let timer: NodeJS.Timeout | undefined
    const look = (): void => {
      timer = undefined
      for (const entry of this.entries) entry.machine = client.machine(entry.id) ?? entry.machine
    }
    const stop = client.onChange(() => {
      timer ??= setTimeout(look, LOOK_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }
}

/** So many at once. */
class Slots {
  #left: number
  #wake: (() => void) | undefined

  constructor(most: number) {
    this.#left = most
  }

  async take(): Promise<void> {
    if (this.#left === 0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    this.#left--
  }

  free(): void {
    this.#left++
    this.#wake?.()
    this.#wake = undefined
  }
}

function isLeaving(signal: AbortSignal): boolean {
  return signal.aborted && toRconsoleError(signal.reason).code === 'GONE'
}

/** A small output on its way. */
class Gathered {
  readonly #chunks: { readonly 1: Uint8Array[]; readonly 2: Uint8Array[] } = { 1: [], 2: [] }

  push({ fd, data }: Printed): void {
    this.#chunks[fd].push(data)
  }

  get body(): Body {
    return { stdout: Buffer.concat(this.#chunks[1]), stderr: Buffer.concat(this.#chunks[2]) }
  }
}

/** The whole output of a finished run on one machine, chunk by chunk. @throws LOST when it is not kept any more */
export async function* fetchOutput(
  client: Client,
  machine: Machine,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<Printed, void, void> {
  for await (const value of client.call(machine, 'attach', { id, from: 0, follow: false }, { signal })) {
    if ('fd' in value) yield value
    else if ('skipped' in value)
      throw new RconsoleError('LOST', `${machine.name} does not keep all of this output any more`)
  }
}
