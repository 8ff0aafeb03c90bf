// rconsole history: who asked what of which machine, and how it ended, from the machines' own signed receipts.
import { Command as Parser } from 'commander'
import { clean } from '../../protocol/clean.ts'
import { RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { type Deed, deedsOf, endOf, whatOf, whoOf } from '../deeds.ts'
import { say, write, writeJson } from '../io.ts'
import type { Machine } from '../machine.ts'
import { type History, readHistory } from '../receipts.ts'
import { columns } from '../table.ts'
import { LONGEST_TERM_MS, parseDuration } from '../units.ts'

/** Machines asked at once. */
const AT_ONCE = 8

interface Flags {
  readonly operator?: string
  readonly since?: string
  readonly action?: string
  readonly json?: true
}

export const history: Command = {
  name: 'history',
  uses: ['history'],
  build: (act) =>
    new Parser('history')
      .description('show what was asked of machines, by whom, and how it ended')
      .argument('[target...]', 'as for ls; all machines without')
      .option('--operator <name>', 'only of this operator')
      .option('--since <time>', 'only of the last 30m, 24h, 7d …')
      .option('--action <name>', 'only this action: run, shell, lifecycle …')
      .option('--json', 'one JSON object a line, oldest first')
      .action((targets: string[], flags: Flags, parser: Parser) =>
        act(parser, (context) => show(context, targets, flags)),
      ),
}

async function show(context: Context, targets: readonly string[], flags: Flags): Promise<number> {
  const { io, witness } = context
  const since =
    flags.since === undefined
      ? undefined
      : Date.now() - parseDuration('--since', flags.since, LONGEST_TERM_MS)
  const { fleet } = await context.signatory()
  let isWhole = true
  const deeds = await context.withClient(async (client) => {
    const machines = await context.selected(client, targets)
    const found: Deed[] = []
    for (let start = 0; start < machines.length; start += AT_ONCE) {
      const some = machines.slice(start, start + AT_ONCE)
      const read = await Promise.all(some.map((machine) => tryRead(client, context, machine, since)))
      for (const [at, machine] of some.entries()) {
        const result = read[at]
        const problem = result instanceof RconsoleError ? result.message : problemOf(machine, result)
        if (problem !== undefined) say(io, `rconsole: ${problem}`)
        isWhole &&= problem === undefined
        if (result === undefined || result instanceof RconsoleError) continue
        found.push(...deedsOf(machine, result.receipts, fleet.body.operators))
        if (problem !== undefined || result.head === undefined) continue
        if (since === undefined) witness.machineIsWhole(machine.id, result.head)
        else witness.machine(machine.id, result.head)
      }
    }
    return found
  })
  const wanted = deeds
    .filter((deed) => flags.operator === undefined || whoOf(deed) === flags.operator)
    .filter((deed) => flags.action === undefined || deed.asked.action === flags.action)
    .toSorted((one, other) => one.t - other.t)
  if (flags.json === true) for (const deed of wanted) await writeJson(io, plain(deed))
  else if (wanted.length > 0) await write(io.stdout, columns(HEAD, wanted.map(row)))
  return isWhole ? 0 : 1
}

async function tryRead(
  client: Client,
  { io, witness }: Context,
  machine: Machine,
  since: number | undefined,
): Promise<History | RconsoleError> {
  try {
    const seen = witness.machineHeads(machine.id)
    return await readHistory(client, machine, { since, seen, signal: io.signal })
  } catch (error) {
    if (io.signal.aborted) throw error
    return toRconsoleError(error)
  }
}

function problemOf({ name }: Machine, history: History | undefined): string | undefined {
  if (history?.broken === undefined) return undefined
  const { n, what, why } = history.broken
  return `${name}: RECEIPT ${n} ${what}: ${why} (rconsole audit verify ${name})`
}

const HEAD = ['TIME', 'MACHINE', 'OPERATOR', 'ACTION', 'OUTCOME', 'WHAT'] as const

function row(deed: Deed): string[] {
  const { t, machine, asked } = deed
  const cells = [iso(t), machine.name, whoOf(deed), asked.action, endOf(deed), whatOf(deed)]
  return cells.map((cell) => clean(cell))
}

/** What scripts read; names are stable. */
function plain(deed: Deed): Record<string, unknown> {
  const { machine, n, t, asked, outcome, endedAt, operator } = deed
  return {
    t: iso(t),
    id: machine.id,
    machine: machine.name,
    n,
    operator: operator ?? null,
    key: asked.operator,
    action: asked.action,
    request: asked.request,
    cut: asked.cut === true,
    outcome: outcome.word,
    code: outcome.code ?? null,
    status: outcome.status ?? null,
    signal: outcome.signal ?? null,
    ended: outcome.ended ?? null,
    end: endedAt === undefined ? null : iso(endedAt),
    in: outcome.in ?? null,
    out: outcome.out ?? null,
  }
}

function iso(ms: number): string {
  // A hostile machine may date its receipts beyond what a date can be.
  return ms <= 8.64e15 ? new Date(ms).toISOString() : String(ms)
}
