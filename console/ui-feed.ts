// How busy machines are, for the UI: a stream from each machine in view, one question to others when a filter needs it.
import type { OutputOf, RequestOf } from '../protocol/actions/index.ts'
import { LEAST_TICK_MS } from '../protocol/actions/metrics.ts'
import { RconsoleError } from '../protocol/errors.ts'
import { BUSY_FIELDS, busyOf, METRICS_CREDIT } from './busy.ts'
import type { Client } from './client.ts'
import type { Machine } from './machine.ts'
import type { Sample, Vitals } from './ui/fleet.ts'

/** Rows of a tall screen; no more machines than that are followed. */
const MOST_WATCHED = 60
const EVERY_MS = 2_000
/** What is kept of each (ms). */
const KEPT_MS = 60_000
/** Someone who scrolls has not arrived yet: rows that pass by are asked nothing (ms). */
const SETTLE_MS = 250
/** After a failure the machine is left alone for so long, twice as long each time (ms). */
const RETRY_MS = 2_000
const LONGEST_RETRY_MS = 60_000
/** Machines of one survey: each takes a session, here and there. */
const MOST_SURVEYED = 1_000
/** Questions of a survey at the same time. */
const AT_ONCE = 32
/** Values that come together are one change (ms). */
const TELL_MS = 500

interface Survey {
  readonly controller: AbortController
  readonly waiting: string[]
  asking: number
}

export class Feed implements Vitals {
  readonly #client: Client
  readonly #every: number
  readonly #samples = new Map<string, Sample[]>()
  readonly #followed = new Map<string, AbortController>()
  /** When a machine that failed is asked again, and how long it waits after that (ms). */
  readonly #failed = new Map<string, { readonly until: number; readonly wait: number }>()
  readonly #listeners = new Set<() => void>()
  readonly #unwatch: () => void
  #wanted: readonly string[] = []
  #survey: Survey | undefined
  #isClosed = false
  #settling: NodeJS.Timeout | undefined
  #retrying: NodeJS.Timeout | undefined
  #telling: NodeJS.Timeout | undefined

  /** `every`: how often each machine in view says what it does (ms). */
  constructor(client: Client, every = EVERY_MS) {
    this.#client = client
    this.#every = every
    // A machine that has come back, and our own connection.
    this.#unwatch = client.onChange(() => {
      if (this.#wanted.some((id) => this.#isDue(id))) this.#settle()
    })
  }

  get asking(): number {
    return this.#survey === undefined ? 0 : this.#survey.waiting.length + this.#survey.asking
  }

  of(id: string): readonly Sample[] {
    return this.#samples.get(id) ?? []
  }

  watch(ids: readonly string[]): void {
    this.#wanted = ids.slice(0, MOST_WATCHED)
    this.#settle()
  }

  survey(ids: readonly string[]): void {
    this.#survey?.controller.abort(new RconsoleError('CANCELLED', 'another survey'))
    const waiting = ids.filter((id) => !this.#isFresh(id) && this.#isDue(id))
    const most = waiting.slice(0, MOST_SURVEYED).toReversed()
    const survey = { controller: new AbortController(), waiting: most, asking: 0 }
    this.#survey = survey
    for (let worker = 0; worker < Math.min(AT_ONCE, most.length); worker++) void this.#ask(survey)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  close(): void {
    this.survey([])
    this.#unwatch()
    for (const timer of [this.#settling, this.#retrying, this.#telling]) clearTimeout(timer)
    this.#isClosed = true
    for (const id of this.#followed.keys()) this.#leave(id)
  }

  /** Follow what is wanted, once it has been wanted for a moment. */
  #settle(): void {
    if (this.#isClosed) return
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined
      this.#apply()
    }, SETTLE_MS)
  }

  #apply(): void {
    const wanted = new Set(this.#wanted)
    for (const id of this.#followed.keys()) if (!wanted.has(id)) this.#leave(id)
    for (const id of wanted) if (this.#isDue(id)) void this.#follow(id)
    this.#forget(wanted)
    const next = Math.min(...this.#wanted.map((id) => this.#failed.get(id)?.until ?? Infinity))
    clearTimeout(this.#retrying)
    if (next < Infinity)
      this.#retrying = setTimeout(() => this.#apply(), Math.max(SETTLE_MS, next - Date.now()))
  }

  /** What it still sends until it has heard of this is not taken. */
  #leave(id: string): void {
    this.#followed.get(id)?.abort(new RconsoleError('CANCELLED', 'out of view'))
    this.#followed.delete(id)
  }

  async #follow(id: string): Promise<void> {
    const machine = this.#client.machine(id)
    if (machine === undefined) return
    const controller = new AbortController()
    this.#followed.set(id, controller)
    try {
      const values = this.#values(machine, { every: this.#every }, controller.signal)
      for await (const value of values) this.#keep(id, value)
    } catch {
      // Away, refused, lost: the row has its state, and says nothing of its load. It is asked again later.
      if (!controller.signal.aborted) this.#fail(id)
    }
    if (this.#followed.get(id) !== controller) return
    this.#followed.delete(id)
    this.#settle()
  }

  async #ask(survey: Survey): Promise<void> {
    const { waiting, controller } = survey
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const machine = this.#client.machine(id)
      if (machine === undefined) continue
      survey.asking += 1
      try {
        const values = this.#values(machine, { every: LEAST_TICK_MS, count: 1 }, controller.signal)
        for await (const value of values) this.#keep(id, value)
      } catch {
        // As above: what is not known is not shown.
        if (!controller.signal.aborted) this.#fail(id)
      }
      survey.asking -= 1
      if (controller.signal.aborted) return
      this.#tell()
    }
  }

  async *#values(
    machine: Machine,
    request: Omit<RequestOf<'metrics'>, 'fields'>,
    signal: AbortSignal,
  ): AsyncGenerator<OutputOf<'metrics'>, void, void> {
    const options = { signal, credit: METRICS_CREDIT }
    for await (const value of this.#client.call(
      machine,
      'metrics',
      { ...request, fields: BUSY_FIELDS },
      options,
    )) {
      if (signal.aborted) return
      yield value
    }
  }

  #keep(id: string, value: OutputOf<'metrics'>): void {
    const at = Date.now()
    const sample = { at, ...busyOf(value), uptime: value.uptime }
    const kept = this.of(id).filter((old) => old.at > at - KEPT_MS)
    this.#samples.set(id, [...kept, sample])
    this.#failed.delete(id)
    this.#tell()
  }

  #fail(id: string): void {
    const wait = Math.min(LONGEST_RETRY_MS, 2 * (this.#failed.get(id)?.wait ?? RETRY_MS / 2))
    this.#failed.set(id, { until: Date.now() + wait, wait })
  }

  #tell(): void {
    if (this.#isClosed) return
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined
      for (const listener of this.#listeners) listener()
    }, TELL_MS)
  }

  /** Whether this machine can be asked now, and is not being asked. */
  #isDue(id: string): boolean {
    const state = this.#client.machine(id)?.state
    const isThere = state === 'online' || state === 'frozen'
    return isThere && !this.#followed.has(id) && (this.#failed.get(id)?.until ?? 0) <= Date.now()
  }

  #isFresh(id: string): boolean {
    return (this.of(id).at(-1)?.at ?? 0) > Date.now() - KEPT_MS
  }

  #forget(wanted: ReadonlySet<string>): void {
    const long = Date.now() - 2 * KEPT_MS
    for (const [id, samples] of this.#samples)
      if (!wanted.has(id) && (samples.at(-1)?.at ?? 0) < long) this.#samples.delete(id)
    for (const [id, { until }] of this.#failed)
      if (!wanted.has(id) && until < Date.now()) this.#failed.delete(id)
  }
}
