// One run on several machines, from asking to the last word: fold, show, explain, remember.
import type { Client } from '../client.ts'
import type { Context } from '../context.ts'
import { say, write } from '../io.ts'
import type { Machine } from '../machine.ts'
import { ByHost } from './by-host.ts'
import type { Entry } from './entry.ts'
import { Folding, type RunOnMany } from './folding.ts'
import type { Group, Printed } from './groups.ts'
import { askOnInterrupt } from './interrupt.ts'
import { JsonEvents } from './json.ts'
import { OutFolder } from './out-folder.ts'
import { Outcomes } from './outcomes.ts'
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

export interface FleetRunOptions {
  readonly context: Context
  readonly client: Client
  readonly run: RunOnMany
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
  readonly #flags: ShowFlags
  readonly #controller = new AbortController()
  readonly #json: JsonEvents | undefined
  readonly #byHost: ByHost | undefined
  readonly #out: OutFolder | undefined
  readonly #folding: Folding

  constructor(options: FleetRunOptions) {
    const { context, client, run, show: flags, machines, parallel, retryFor, signal, goal } = options
    this.#context = context
    this.#run = run
    this.#signal = signal
    this.#goal = goal
    this.#flags = flags
    const { io } = context
    this.#json = flags.json === true ? new JsonEvents(io) : undefined
    this.#byHost = flags.by === undefined ? undefined : new ByHost(io, flags.raw === true, machines.length)
    this.#out = flags.out === undefined ? undefined : new OutFolder(flags.out, machines)
    const isStreamed = this.#byHost !== undefined || this.#out !== undefined
    this.#folding = new Folding({
      client,
      run,
      machines,
      parallel,
      retryFor,
      signal: this.#controller.signal,
      reading: io.signal,
      isAlike: flags.alike === true,
      isFolded: !isStreamed && goal === 'outcome',
      printed: isStreamed ? (entry, chunk) => this.#printed(entry, chunk) : undefined,
      changed: (entry) => this.#json?.changed(entry),
      outcomes: new Outcomes(context.folder),
    })
  }

  async run(): Promise<number> {
    const { io } = this.#context
    const { entries, groups } = this.#folding
    await this.#json?.start(this.#run.id, entries.length)
    const progress = new Progress(io, entries, groups)
    const interrupts = askOnInterrupt(io, this.#controller, this.#signal, entries, progress)
    try {
      await this.#folding.run()
      for (const entry of entries) await this.#byHost?.ended(entry)
    } finally {
      progress.end()
      interrupts.stop()
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
    const groups = this.#folding.groups.sorted
    if (this.#json !== undefined) {
      for (const group of groups) await this.#json.group(group, group.body)
      return
    }
    const output = (group: Group): AsyncGenerator<Printed> => this.#folding.output(group)
    const options = { io, isDiff: diff === true, isRaw: raw === true, output }
    // What only one of them said in its own words is shown of each.
    const shown = showAll === true ? groups.flatMap((group) => singles(group)) : groups
    await printGroups(shown, options)
  }

  #explain(hasLeft: boolean): void {
    const { io } = this.#context
    const { entries } = this.#folding
    const [first = '', ...causes] = summary(entries, this.#goal)
    const run = this.#run.id
    say(io, [`rconsole: ${first} (run ${run})`, ...causes].join('\n'))
    if (hasLeft || this.#goal === 'start')
      say(io, `rconsole: the run goes on without this console: rconsole attach ${run} shows what comes of it`)
  }
}

/** Each member as a group of its own; the body is the one that came from it, or has to be fetched. */
function singles(group: Group): Group[] {
  if (group.members.length === 1) return [group]
  return group.members.map((member) => ({ ...group, members: [member], body: undefined }))
}
