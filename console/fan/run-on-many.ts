// rconsole run on several machines: ask, fold, show, explain, remember.
import type { RequestOf } from '../../protocol/actions/index.ts'
import { commandText } from '../../protocol/command-text.ts'
import { RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import type { Client } from '../client.ts'
import type { Context } from '../context.ts'
import { say } from '../io.ts'
import { allWords, picked, type TargetFlags } from '../selection.ts'
import { parseDuration } from '../units.ts'
import { ByHost } from './by-host.ts'
import type { Entry } from './entry.ts'
import { FanOut, fetchOutput } from './fan-out.ts'
import { BODY_BYTES, type Body, Check, type Group, Groups, type Printed } from './groups.ts'
import { checkCount } from './guard.ts'
import { askOnInterrupt } from './interrupt.ts'
import { JsonEvents } from './json.ts'
import { OutFolder } from './out-folder.ts'
import { type FanRecord, Outcomes } from './outcomes.ts'
import { Progress } from './progress.ts'
import { printGroups } from './report.ts'
import { statusOfFan, summary } from './summary.ts'

export interface FanFlags extends TargetFlags {
  readonly expect?: string
  readonly parallel?: string
  readonly retrySilent?: string
  readonly by?: string
  readonly out?: string
  readonly diff?: true
  readonly alike?: true
  readonly showAll?: true
  readonly json?: true
  readonly raw?: true
  readonly detach?: true
}

/** Bodies that are fetched at once. */
const FETCHES = 8
const MOST_PARALLEL = 100_000

/** Run `request` on the machines that `words` mean; the exit status. @throws NO_TARGET, NOT_FOUND, AMBIGUOUS, USAGE */
export async function runOnMany(
  context: Context,
  words: readonly string[],
  request: RequestOf<'run'>,
  flags: FanFlags,
): Promise<number> {
  checkFlags(flags)
  const all = await allWords(context.io, words, flags)
  if (all.length === 0)
    throw new RconsoleError(
      'NO_TARGET',
      'run: expected machines (a name, web-*, env=prod, @all), got nothing',
    )
  return await context.withClient(async (client) => {
    const machines = picked(context.io, await context.selected(client, all), flags)
    await checkCount(context.io, machines, flags.expect)
    return await new FleetRun(context, client, request, flags, machines).run()
  })
}

function checkFlags({ by, out, diff, alike, showAll, detach }: FanFlags): void {
  if (detach === true)
    throw new RconsoleError('USAGE', 'run: --detach goes with one machine, said by name or id')
  if (by !== undefined && by !== 'host') throw new RconsoleError('USAGE', `--by: expected host, got ${by}`)
  const streams = [by !== undefined && '--by host', out !== undefined && '--out'].filter(
    (flag) => flag !== false,
  )
  const folds = [diff && '--diff', alike && '--alike', showAll && '--show-all'].filter(
    (flag) => flag !== undefined,
  )
  const [one, other] = [...streams, ...(streams.length > 0 ? folds : [])]
  if (one !== undefined && other !== undefined)
    throw new RconsoleError('USAGE', `run: ${one} and ${other} do not go together`)
}

class FleetRun {
  readonly #context: Context
  readonly #client: Client
  readonly #request: RequestOf<'run'>
  readonly #flags: FanFlags
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

  constructor(
    context: Context,
    client: Client,
    request: RequestOf<'run'>,
    flags: FanFlags,
    machines: ConstructorParameters<typeof FanOut>[0]['machines'],
  ) {
    this.#context = context
    this.#client = client
    this.#request = { ...request, ...(flags.alike === true ? { alike: true } : {}) }
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
      request: this.#request,
      parallel: numberFlag('--parallel', flags.parallel, MOST_PARALLEL),
      retryFor: flags.retrySilent === undefined ? 0 : parseDuration('--retry-silent', flags.retrySilent),
      signal: this.#controller.signal,
      ...(isStreamed ? { printed: (entry: Entry, chunk: Printed) => this.#printed(entry, chunk) } : {}),
      changed: (entry) => this.#json?.changed(entry),
      answered: ({ entry, report, body }) => {
        if (isStreamed) return
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
    this.#note()
    await this.#json?.start(this.#request.id, entries.length)
    const progress = new Progress(io, entries, this.#groups)
    const interrupts = askOnInterrupt(io, this.#controller, entries, progress)
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
    const status = statusOfFan(entries, interrupts.wasAsked)
    await this.#json?.end(this.#request.id, entries, status)
    this.#explain(interrupts.hasLeft)
    return status
  }

  /** For rconsole runs and attach, before anything is asked. */
  #note(): void {
    const { id, program } = this.#request
    const machines = this.#fan.entries.map((entry) => ({ id: entry.id, name: entry.name }))
    this.#context.runBook.note({ id, command: commandText(program), at: this.#at, machines })
  }

  async #printed(entry: Entry, chunk: Printed): Promise<void> {
    this.#out?.printed(entry, chunk)
    if (this.#byHost !== undefined && this.#json === undefined) await this.#byHost.printed(entry, chunk)
    if (this.#byHost !== undefined) await this.#json?.printed(entry, chunk)
  }

  async #show(): Promise<void> {
    if (this.#byHost !== undefined || this.#out !== undefined) return
    const { io } = this.#context
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
    const [first = '', ...causes] = summary(this.#fan.entries)
    const run = this.#request.id
    say(io, [`rconsole: ${first} (run ${run})`, ...causes].join('\n'))
    if (hasLeft)
      say(io, `rconsole: the run goes on without this console: rconsole runs ${run} says how it stands`)
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
    return fetchOutput(this.#client, machine, this.#request.id, this.#context.io.signal)
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
    const { id: run, program } = this.#request
    return {
      run,
      at: this.#at,
      ...(until === undefined ? {} : { until }),
      command: commandText(program),
      machines,
    }
  }
}

/** Each member as a group of its own; the body is the one that came from it, or has to be fetched. */
function singles(group: Group): Group[] {
  if (group.members.length === 1) return [group]
  return group.members.map((member) => ({ ...group, members: [member], body: undefined }))
}

function numberFlag(flag: string, text: string | undefined, most: number): number {
  if (text === undefined) return most
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text)
  throw new RconsoleError('USAGE', `${flag}: expected a number from 1 to 999999, got ${text}`)
}
