// rconsole runs: what was run, where, and how each stands.
import { Command as Parser } from 'commander'
import type { ResultOf } from '../../protocol/actions/index.ts'
import { clean } from '../../protocol/clean.ts'
import type { RunState } from '../../protocol/run-report.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { type Answer, askRuns } from '../find-run.ts'
import { say, write, writeJson } from '../io.ts'
import { type BookEntry, RunBook } from '../run-book.ts'
import { exitStatus } from '../status.ts'
import { columns } from '../table.ts'
import { formatAge, formatBytes } from '../units.ts'
import { collect } from './token.ts'

/** Runs of one machine that are shown. */
const MOST = 50

type Listed = ResultOf<'runs'>['runs'][number]

/** One run on one machine. What the machine did not say, we say for it. */
interface Row {
  readonly run: string
  readonly id: string
  readonly name: string
  readonly state: RunState | 'offline' | 'unconfirmed' | 'lost'
  readonly command: string
  /** When it was started, by the machine's clock if it answered (ms). */
  readonly at: number
  readonly cause?: string
  readonly listed?: Listed
}

interface Flags {
  readonly on: readonly string[]
  readonly all?: true
  readonly json?: true
}

export const runs: Command = {
  name: 'runs',
  uses: ['runs'],
  build: (act) =>
    new Parser('runs')
      .description('list your runs and how each stands')
      .argument('[run]', 'the id of one; without it, those that this console started last')
      .option(
        '--on <machines>',
        'ask these machines for all they know of yours; may be given again',
        collect,
        [],
      )
      .option('--all', 'other operators’ too, for admins; with --on')
      .option(
        '--json',
        'one JSON object a line: run, id, name, state, code, signal, cause, command, operator, key, bytes, startedAt, endedAt, lastAt, keptUntil',
      )
      .action((id: string | undefined, flags: Flags, parser: Parser) =>
        act(parser, (context) => list(context, id, flags)),
      ),
}

async function list(context: Context, id: string | undefined, flags: Flags): Promise<number> {
  const { io } = context
  const rows = await context.withClient(async (client) => {
    const noted = new RunBook(context.home.folder).entries().slice(-MOST)
    const wanted = id === undefined ? noted : noted.filter((entry) => entry.id === id)
    const isByBook = flags.on.length === 0 && wanted.length > 0
    const words = isByBook
      ? wanted.flatMap(({ machines }) => machines.map((machine) => machine.id))
      : flags.on
    const machines = await context.machines(client, words.length === 0 ? ['@all'] : [...new Set(words)])
    const ids = isByBook ? { ids: wanted.map((entry) => entry.id) } : id === undefined ? {} : { ids: [id] }
    const asked = { ...ids, limit: MOST, ...(flags.all === true ? { all: true } : {}) }
    const chosen = words.length === 0 || isByBook ? machines : await context.selected(client, words)
    const answers = await askRuns(client, chosen, asked, io.signal)
    return isByBook ? fromBook(wanted, answers) : answers.flatMap(fromMachine)
  })
  const sorted = rows.toSorted((a, b) => b.at - a.at)
  if (flags.json === true) for (const row of sorted) await writeJson(io, plain(row))
  else if (sorted.length === 0) say(io, 'No run is known. `rconsole runs --on @all` asks every machine.')
  else await write(io.stdout, columns(HEAD, sorted.map(cells)))
  return 0
}

function fromBook(entries: readonly BookEntry[], answers: readonly Answer[]): Row[] {
  const byMachine = new Map(answers.map((answer) => [answer.machine.id, answer]))
  return entries.flatMap(({ id: run, command, at, machines }) =>
    machines.map(({ id, name }): Row => {
      const answer = byMachine.get(id)
      const listed = answer?.runs.find((one) => one.id === run)
      if (listed !== undefined) return rowOf(listed, id, name)
      const about = { run, id, name, command, at }
      if (answer?.silent === undefined && answer !== undefined)
        return { ...about, state: 'lost', cause: 'the machine does not know it, or not any more' }
      const isOffline = answer?.silent?.code === 'OFFLINE'
      const cause = answer?.silent?.message ?? 'the relay does not know the machine'
      return { ...about, state: isOffline ? 'offline' : 'unconfirmed', cause }
    }),
  )
}

function fromMachine({ machine, runs: listed }: Answer): Row[] {
  return listed.map((one) => rowOf(one, machine.id, machine.name))
}

function rowOf(listed: Listed, id: string, name: string): Row {
  const { id: run, state, command, startedAt, cause } = listed
  return { run, id, name, state, command, at: startedAt, listed, ...(cause === undefined ? {} : { cause }) }
}

const HEAD = ['RUN', 'MACHINE', 'STATE', 'STARTED', 'OUTPUT', 'COMMAND'] as const

function cells(row: Row): string[] {
  const { run, name, at, listed, command } = row
  const age = `${formatAge(Date.now() - at)} ago`
  const bytes = listed === undefined ? '-' : formatBytes(listed.bytes)
  return [run, name, explain(row), age, bytes, command].map((text) => clean(text))
}

/** `done 0`, `running (last output 4 s ago)`, `interrupted (agent restarted)`. */
function explain({ state, cause, listed }: Row): string {
  if (state === 'done') return `done ${exitStatus(listed?.code ?? null, listed?.signal ?? null)}`
  if (cause !== undefined) return `${state} (${cause})`
  if (state !== 'running') return state
  if (listed?.lastAt === undefined) return 'running (no output yet)'
  return `running (last output ${formatAge(Date.now() - listed.lastAt)} ago)`
}

/** What scripts read; names are stable. */
function plain({ run, id, name, state, command, at, cause, listed }: Row): Record<string, unknown> {
  return {
    run,
    id,
    name,
    state,
    code: listed?.code ?? null,
    signal: listed?.signal ?? null,
    ...(cause === undefined ? {} : { cause }),
    command,
    operator: listed?.operator.name ?? null,
    key: listed?.operator.key ?? null,
    bytes: listed?.bytes ?? null,
    startedAt: isoTime(at),
    endedAt: isoTime(listed?.endedAt),
    lastAt: isoTime(listed?.lastAt),
    keptUntil: isoTime(listed?.keptUntil),
  }
}

function isoTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
