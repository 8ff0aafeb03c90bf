// rconsole audit verify: whether the relay's and the machines' histories are whole, and agree with what this console knows.
import { Command as Parser } from 'commander'
import { toRconsoleError } from '../../protocol/errors.ts'
import type { Head } from '../../protocol/chain-file.ts'
import { type Break, firstBreak } from '../chain.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { heldAgainst } from '../held-against.ts'
import { say, writeJson } from '../io.ts'
import type { Machine } from '../machine.ts'
import { type ChainReport, checkRelay } from '../relay-audit.ts'
import { type History, readHistory } from '../receipts.ts'
import type { Witness } from '../witness.ts'

interface Flags {
  readonly accept?: true
  readonly json?: true
}

export const audit: Command = {
  name: 'audit',
  uses: ['history'],
  build: (act) => {
    const parser = new Parser('audit').description('histories that cannot be rewritten unseen')
    parser
      .command('verify')
      .description('check them against each other and against what this console has seen: 0 whole, 1 broken')
      .argument('[target...]', 'as for ls; all machines without')
      .option('--accept', 'take what is there now for the beginning, after it was looked into')
      .option('--json', 'print one JSON object')
      .action((targets: string[], flags: Flags, command: Parser) =>
        act(command, (context) => verify(context, targets, flags)),
      )
    return parser
  },
}

/** One chain that was looked at; `unchecked`: why it could not be. */
interface Look {
  readonly chain: string
  readonly id?: string
  readonly entries: number
  readonly withheld: number
  /** It was held against what an earlier command of this console has seen of it. */
  readonly seenBefore: boolean
  readonly head: Head | undefined
  readonly broken: Break | undefined
  readonly unchecked?: string
}

async function verify(context: Context, targets: readonly string[], flags: Flags): Promise<number> {
  context.isWarning = false
  const { io, witness } = context
  if (witness.loss !== undefined) say(io, `rconsole: ${witness.loss}`)
  const looks = await context.withClient(async (client) => {
    const relay = await lookAtRelay(client, witness)
    const machines = await context.selected(client, targets)
    const found: Look[] = [relay]
    for (const machine of machines) found.push(await lookAtMachine(client, context, machine))
    if (flags.accept === true) accept(witness, found)
    return found
  })
  const bad = looks.find(({ broken }) => broken !== undefined)
  if (flags.json === true) await writeJson(io, plain(looks, bad))
  else if (bad === undefined) for (const look of looks) say(io, lineOf(look))
  if (bad?.broken !== undefined) {
    const { n, what, why } = bad.broken
    const word = bad.id === undefined ? 'entry' : 'receipt'
    say(io, `rconsole: ${bad.chain}: ${word} ${n} ${what}: ${why}`)
  }
  return bad === undefined || flags.accept === true ? 0 : 1
}

/** What is there now was looked into by a person, and is the beginning from now on. */
function accept(witness: Witness, looks: readonly Look[]): void {
  witness.accept(looks.flatMap(({ id }) => (id === undefined ? [] : [id])))
  for (const { id, head } of looks) {
    if (head === undefined) continue
    if (id === undefined) witness.relayIsWhole(head)
    else witness.machineIsWhole(id, head)
  }
}

async function lookAtRelay(client: Client, witness: Witness): Promise<Look> {
  const seenBefore = witness.hadSeen()
  try {
    const report = await checkRelay(client, witness.relayHeads)
    if (report.broken === undefined && report.head !== undefined) witness.relayIsWhole(report.head)
    return { chain: 'relay', seenBefore, ...report }
  } catch (error) {
    return unchecked('relay', seenBefore, toRconsoleError(error).message)
  }
}

async function lookAtMachine(client: Client, context: Context, machine: Machine): Promise<Look> {
  const { id, name, presence } = machine
  const { io, witness, journal } = context
  const [seen, seenBefore] = [witness.machineHeads(id), witness.hadSeen(id)]
  const asked = journal.read()
  try {
    const history = await readHistory(client, machine, { seen, signal: io.signal })
    const { operator } = await context.signatory()
    const me = operator.public
    const { since } = witness
    const broken = history.broken ?? heldAgainst({ machine, history, asked, me, since, now: Date.now() })
    if (broken === undefined && history.head !== undefined) witness.machineIsWhole(id, history.head)
    return { chain: name, id, seenBefore, ...reportOf(history), broken }
  } catch (error) {
    if (io.signal.aborted) throw error
    // It cannot be asked: what its last presence says of its receipts is all there is.
    const told = presence?.head === undefined ? [] : [presence.head]
    const broken = firstBreak(told, seen, false)
    return { ...unchecked(name, seenBefore, toRconsoleError(error).message), id, broken }
  }
}

function unchecked(chain: string, seenBefore: boolean, why: string): Look {
  return { chain, entries: 0, withheld: 0, seenBefore, head: undefined, broken: undefined, unchecked: why }
}

function reportOf({ entries, withheld, head }: History): Omit<ChainReport, 'broken'> {
  return { entries, withheld, head }
}

function lineOf({ chain, entries, withheld, seenBefore, unchecked: why }: Look): string {
  if (why !== undefined) return `${chain}: not checked: ${why}`
  const hidden = withheld === 0 ? '' : `, of which ${withheld} are not shown to you`
  const first = seenBefore ? '' : ', seen for the first time: what was cut off before does not show'
  return `${chain}: whole, ${entries} entries${hidden}${first}`
}

/** What scripts read; names are stable. */
function plain(looks: readonly Look[], bad: Look | undefined): Record<string, unknown> {
  return {
    whole: bad === undefined,
    broken: bad === undefined ? null : { chain: bad.chain, id: bad.id ?? null, ...bad.broken },
    chains: looks.map(({ chain, id, entries, withheld, seenBefore, head, unchecked: why }) => ({
      chain,
      id: id ?? null,
      entries,
      withheld,
      seenBefore,
      head: head ?? null,
      unchecked: why ?? null,
    })),
  }
}
