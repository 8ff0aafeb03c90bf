// One run on several machines, from asking to the last word: fold, show, explain, remember.
import type { RequestOf } from '../../protocol/actions/index.ts'
import { RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import type { Client } from '../client.ts'
import type { Context } from '../context.ts'
import { say, write } from '../io.ts'
import type { Machine } from '../machine.ts'
import { ByHost } from './by-host.ts'
import type { Entry } from './entry.ts'
import { FanOut, fetchOutput } from './fan-out.ts'
import { BODY_BYTES, type Body, Check, type Group, Groups, type Printed } from './groups.ts'
import { askOnInterrupt } from './interrupt.ts'
import { JsonEvents } from './json.ts'
import { OutFolder } from './out-folder.ts'
import { type FanRecord, Outcomes } from './outcomes.ts'
import { Progress } from './progress.ts'
import { printGroups } from './report.ts'
import { type Goal, statusOfFan, summary } from './summary.ts'

/** How a run on several machines is shown. */
export interface ShowFlags {
  readonly by?: string
  readonly out?: string
  readonly diff?: true
  readonly alike?: true
  readonly showAll?: true
  readonly json?: true
  readonly raw?: true
}

/** Bodies that are fetched at once. */
const FETCHES = 8

export interface FleetRunOptions {
  readonly context: Context
  readonly client: Client
  readonly run: {
    readonly id: string
    readonly command: string
    /** How it is begun; without it, it is followed where it is. */
    readonly begin?: RequestOf<'run'>
  }
  readonly show: ShowFlags
  readonly machines: readonly Machine[]
  /** Machines at work at once; how long silent ones are asked again (ms). */
  readonly parallel: number
  readonly retryFor: number
  readonly goal: Goal
  /** CANCELLED ends the run everywhere, GONE leaves it to the machines. */
  readonly signal: AbortSignal
}

export class FleetRun {
  readonly #context: Context
  readonly #run: FleetRunOptions['run']
  readonly #signal: AbortSignal
  readonly #goal: Goal
  readonly #client: Client
  readonly #flags: ShowFlags
  readonly #groups: Groups
  readonly #controller = new AbortController()
  readonly #json: JsonEvents | undefined
  readonly #byHost: ByHost | undefined
  readonly #out: OutFolder | undefined
  readonly #fan: FanOut
  /** Bodies on their way, and groups that wait for theirs. */
  readonly #fetching = new Set<Promise<void>>()
  readonly #wanted: { readonly group: Group; readonly entry: Entry }[] = []
  readonly #at = Date.now()

  constructor(options: FleetRunOptions) {
    const { context, client, run, show: flags, machines, parallel, retryFor, signal, goal } = options
    this.#context = context
    this.#client = client
    this.#run = run
    this.#signal = signal
    this.#goal = goal
    this.#flags = flags
    this.#groups = new Groups(flags.alike === true)
    const { io } = context
    this.#json = flags.json === true ? new JsonEvents(io) : undefined
    this.#byHost = flags.by === undefined ? undefined : new ByHost(io, flags.raw === true, machines.length)
    this.#out = flags.out === undefined ? undefined : new OutFolder(flags.out, machines)
    const isStreamed = this.#byHost !== undefined || this.#out !== undefined
    this.#fan = new FanOut({
      client,
      machines,
      ...run,
      parallel,
      retryFor,
      signal: this.#controller.signal,
      ...(isStreamed ? { printed: (entry: Entry, chunk: Printed) => this.#printed(entry, chunk) } : {}),
      changed: (entry) => this.#json?.changed(entry),
      answered: ({ entry, report, body }) => {
        if (isStreamed || this.#goal !== 'outcome') return
        const group = this.#groups.add(entry, entry.state, report, body)
        if (group.body === undefined && !group.isFalse) this.#want(group, entry)
      },
    })
  }

  async run(): Promise<number> {
    const { io } = this.#context
    const { entries } = this.#fan
    const outcomes = new Outcomes(this.#context.folder)
    outcomes.save(this.#record())
    await this.#json?.start(this.#run.id, entries.length)
    const progress = new Progress(io, entries, this.#groups)
    const interrupts = askOnInterrupt(io, this.#controller, this.#signal, entries, progress)
    try {
      await this.#fan.run()
      await Promise.all(this.#fetching)
      for (const entry of entries) await this.#byHost?.ended(entry)
    } finally {
      progress.end()
      interrupts.stop()
      outcomes.save(this.#record(Date.now()))
    }
    await this.#show()
    const isInterrupted = this.#goal === 'end' ? io.signal.aborted : interrupts.wasAsked
    const status = statusOfFan(entries, this.#goal, isInterrupted)
    await this.#json?.end(this.#run.id, entries, status)
    this.#explain(interrupts.hasLeft)
    return status
  }

  async #printed(entry: Entry, chunk: Printed): Promise<void> {
    this.#out?.printed(entry, chunk)
    if (this.#byHost !== undefined && this.#json === undefined) await this.#byHost.printed(entry, chunk)
    if (this.#byHost !== undefined) await this.#json?.printed(entry, chunk)
  }

  async #show(): Promise<void> {
    if (this.#byHost !== undefined || this.#out !== undefined) return
    const { io } = this.#context
    if (this.#goal === 'start' && this.#json === undefined) await write(io.stdout, `${this.#run.id}\n`)
    const { diff, raw, showAll } = this.#flags
    const groups = this.#groups.sorted
    if (this.#json !== undefined) {
      for (const group of groups) await this.#json.group(group, group.body)
      return
    }
    const output = (group: Group): AsyncGenerator<Printed> => this.#output(group)
    const options = { io, isDiff: diff === true, isRaw: raw === true, output }
    // What only one of them said in its own words is shown of each.
    const shown = showAll === true ? groups.flatMap((group) => singles(group)) : groups
    await printGroups(shown, options)
  }

  #explain(hasLeft: boolean): void {
    const { io } = this.#context
    const { entries } = this.#fan
    const [first = '', ...causes] = summary(entries, this.#goal)
    const run = this.#run.id
    say(io, [`rconsole: ${first} (run ${run})`, ...causes].join('\n'))
    if (hasLeft || this.#goal === 'start')
      say(io, `rconsole: the run goes on without this console: rconsole attach ${run} shows what comes of it`)
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
      if (check.isTrue()) this.#groups.keep(group, body)
      else this.#groups.part(group, entry, body)
    }
  }

  /** A body that is not here: from the first member that has it, checked as it comes. */
  async *#output(group: Group): AsyncGenerator<Printed, void, void> {
    const byId = new Map(this.#fan.entries.map((entry) => [entry.id, entry]))
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
        if (hasBegun || this.#context.io.signal.aborted) throw error
        last = error
      }
    }
    throw last
  }

  #fetch({ machine }: Entry): AsyncGenerator<Printed> {
    return fetchOutput(this.#client, machine, this.#run.id, this.#context.io.signal)
  }

  #record(until?: number): FanRecord {
    const [majority] = this.#groups.largest(1)
    const same = new Set(majority?.members.map(({ id }) => id))
    const machines = this.#fan.entries.map(({ id, name, state, report }) => ({
      id,
      name,
      ...state,
      ...(report === undefined ? {} : { isSame: same.has(id) }),
    }))
    const { id: run, command } = this.#run
    return {
      run,
      at: this.#at,
      ...(until === undefined ? {} : { until }),
      command,
      machines,
    }
  }
}

/** Each member as a group of its own; the body is the one that came from it, or has to be fetched. */
function singles(group: Group): Group[] {
  if (group.members.length === 1) return [group]
  return group.members.map((member) => ({ ...group, members: [member], body: undefined }))
}
