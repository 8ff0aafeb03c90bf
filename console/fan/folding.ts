// A run on several machines whose answers fold as they land: each group with one body, fetched and checked; remembered.
import type { RequestOf } from '../../protocol/actions/index.ts'
import { RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import type { Client } from '../client.ts'
import type { Machine } from '../machine.ts'
import type { Entry } from './entry.ts'
import { FanOut, fetchOutput } from './fan-out.ts'
import { BODY_BYTES, type Body, Check, type Group, Groups, type Printed } from './groups.ts'
import type { FanRecord, Outcomes } from './outcomes.ts'

/** Bodies that are fetched at once. */
const FETCHES = 8

export interface RunOnMany {
  readonly id: string
  readonly command: string
  /** How it is begun; without it, it is followed where it is. */
  readonly begin?: RequestOf<'run'>
}

export interface FoldingOptions {
  readonly client: Client
  readonly run: RunOnMany
  readonly machines: readonly Machine[]
  /** Machines at work at once; how long silent ones are asked again (ms). */
  readonly parallel: number
  readonly retryFor: number
  /** CANCELLED ends the run everywhere, GONE leaves it to the machines. */
  readonly signal: AbortSignal
  /** The end of reading bodies. */
  readonly reading: AbortSignal
  readonly isAlike: boolean
  /** Where not only the states of the machines are wanted. */
  readonly isFolded: boolean
  /** An output as it comes; nothing is folded then. */
  readonly printed?: ((entry: Entry, chunk: Printed) => Promise<void>) | undefined
  readonly changed: (entry: Entry) => void
  readonly outcomes: Outcomes
}

export class Folding {
  readonly groups: Groups
  readonly #options: FoldingOptions
  readonly #fan: FanOut
  /** Bodies on their way, and groups that wait for theirs. */
  readonly #fetching = new Set<Promise<void>>()
  readonly #wanted: { readonly group: Group; readonly entry: Entry }[] = []
  readonly #at = Date.now()

  constructor(options: FoldingOptions) {
    const { client, machines, run, parallel, retryFor, signal, printed } = options
    this.#options = options
    this.groups = new Groups(options.isAlike)
    this.#fan = new FanOut({
      client,
      machines,
      ...run,
      parallel,
      retryFor,
      signal,
      ...(printed === undefined ? {} : { printed }),
      changed: options.changed,
      answered: ({ entry, report, body }) => {
        if (!options.isFolded) return
        const group = this.groups.add(entry, entry.state, report, body)
        if (group.body === undefined && !group.isFalse) this.#want(group, entry)
      },
    })
  }

  get entries(): readonly Entry[] {
    return this.#fan.entries
  }

  /** Ask them all; resolves when none is under way any more, and how they came out is kept. */
  async run(): Promise<void> {
    const { outcomes } = this.#options
    outcomes.save(this.#record())
    try {
      await this.#fan.run()
      await Promise.all(this.#fetching)
    } finally {
      outcomes.save(this.#record(Date.now()))
    }
  }

  /** Have the body of a new group fetched, a few at a time. */
  #want(group: Group, entry: Entry): void {
    const { stdout, stderr } = entry.report?.output ?? { stdout: 0, stderr: 0 }
    // A large one is fetched when it is shown; for one that prints nothing there is nothing to fetch.
    if (stdout + stderr > BODY_BYTES || group.members.length > 1) return
    this.#wanted.push({ group, entry })
    if (this.#fetching.size < FETCHES) {
      const fetching = this.#fetchWanted().finally(() => this.#fetching.delete(fetching))
      this.#fetching.add(fetching)
    }
  }

  async #fetchWanted(): Promise<void> {
    for (let next = this.#wanted.shift(); next !== undefined; next = this.#wanted.shift()) {
      const { group, entry } = next
      const chunks: { readonly 1: Uint8Array[]; readonly 2: Uint8Array[] } = { 1: [], 2: [] }
      const { report } = entry
      if (report === undefined) continue
      const check = new Check(report)
      try {
        for await (const piece of this.#fetch(entry)) {
          check.push(piece)
          chunks[piece.fd].push(piece.data)
        }
      } catch (error) {
        // Tried again, from another member perhaps, when it is shown; what fails then is said.
        if (toRconsoleError(error).code === 'INTERNAL') throw error
        continue
      }
      const body: Body = { stdout: Buffer.concat(chunks[1]), stderr: Buffer.concat(chunks[2]) }
      if (check.isTrue()) this.groups.keep(group, body)
      else this.groups.part(group, entry, body)
    }
  }

  /** A body that is not here: from the first member that has it, checked as it comes. */
  async *output(group: Group): AsyncGenerator<Printed, void, void> {
    const byId = new Map(this.entries.map((entry) => [entry.id, entry]))
    let last: unknown
    for (const { id } of group.members) {
      const entry = byId.get(id)
      if (entry?.report === undefined) continue
      const check = new Check(entry.report)
      let hasBegun = false
      try {
        for await (const piece of this.#fetch(entry)) {
          hasBegun = true
          check.push(piece)
          yield piece
        }
        if (check.isTrue()) return
        throw new RconsoleError('INVALID_MESSAGE', `${entry.name}: this output is not what its digest said`)
      } catch (error) {
        if (hasBegun || this.#options.reading.aborted) throw error
        last = error
      }
    }
    throw last
  }

  #fetch({ machine }: Entry): AsyncGenerator<Printed> {
    return fetchOutput(this.#options.client, machine, this.#options.run.id, this.#options.reading)
  }

  #record(until?: number): FanRecord {
    const [majority] = this.groups.largest(1)
    const same = new Set(majority?.members.map(({ id }) => id))
    const machines = this.entries.map(({ id, name, state, report }) => ({
      id,
      name,
      ...state,
      ...(report === undefined ? {} : { isSame: same.has(id) }),
    }))
    const { id: run, command } = this.#options.run
    return {
      run,
      at: this.#at,
      ...(until === undefined ? {} : { until }),
      command,
      machines,
    }
  }
}
