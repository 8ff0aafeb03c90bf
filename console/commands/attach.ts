// rconsole attach: a run that was left, from its start or from anywhere, to its end and with its status.
import { Command as Parser } from 'commander'
import { RconsoleError } from '../../protocol/errors.ts'
import { EXIT } from '../../protocol/exit.ts'
import { ask } from '../ask.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { followOnMany } from '../fan/run-on-many.ts'
import type { ShowFlags } from '../fan/fleet-run.ts'
import { machinesOf } from '../find-run.ts'
import { causeLine, Follower } from '../follow.ts'
import { goneBy, type Io, say } from '../io.ts'
import type { Machine } from '../machine.ts'
import { statusOf } from '../status.ts'

const ID = /^[A-Za-z0-9_-]{22}$/

interface Flags extends ShowFlags {
  readonly from?: string
  readonly fromNow?: true
  readonly cancel?: true
  readonly operator?: string
}

export const attach: Command = {
  name: 'attach',
  uses: ['attach', 'runs'],
  isTransparent: true,
  build: (act) =>
    new Parser('attach')
      .description('follow a run from its start to its end; Ctrl-C leaves it running')
      .argument('<run>', 'its id')
      .argument(
        '[machine]',
        'where it runs; without it, this console’s own runs are looked up, or the machines asked',
      )
      .option('--from <bytes>', 'go on from this place in its output')
      .option('--from-now', 'only what it prints from now on')
      .option('--cancel', 'end it, and everything it started')
      .option(
        '--operator <key>',
        'the run of another operator, for admins; rconsole runs --all names the key',
      )
      .option('--raw', 'on a terminal, pass its output through uncleaned')
      .option('--by <host>', 'of a run on several machines: lines behind the name of their machine')
      .option('--out <folder>', 'of a run on several machines: write what each printed to a new file there')
      .option('--diff', 'of a run on several machines: show what differs from the largest group')
      .option('--alike', 'fold outputs that differ only in times and numbers, if run had it too')
      .option('--show-all', 'of a run on several machines: show each machine’s own output')
      .option('--json', 'of a run on several machines: one JSON object for each event and result')
      .action((id: string, word: string | undefined, flags: Flags, parser: Parser) =>
        act(parser, (context) => follow(context, id, word, flags)),
      ),
}

async function follow(context: Context, id: string, word: string | undefined, flags: Flags): Promise<number> {
  if (!ID.test(id))
    throw new RconsoleError('USAGE', `expected the id of a run, 22 characters, got ${JSON.stringify(id)}`)
  const from = placeOf(flags)
  return await context.withClient(async (client) => {
    const [machine, ...others] = await machinesOf(context, client, id, word)
    const shown = showFlag(flags)
    if (machine !== undefined && others.length === 0 && shown === undefined)
      return await followOne(context.io, client, machine, { id, from, flags })
    const single = singleFlag(flags)
    if (single !== undefined)
      throw new RconsoleError(
        'USAGE',
        shown === undefined
          ? `run ${id} is on ${others.length + 1} machines: ${single} needs the name of one`
          : `attach: ${single} and ${shown} do not go together`,
      )
    const machines = machine === undefined ? [] : [machine, ...others]
    return await followOnMany({ context, client, id, machines, show: flags, isCancel: flags.cancel === true })
  })
}

/** What only makes sense for one machine, if any of it was said. */
function singleFlag({ from, fromNow, operator }: Flags): string | undefined {
  if (from !== undefined) return '--from'
  if (fromNow === true) return '--from-now'
  return operator === undefined ? undefined : '--operator'
}

/** What asks for a fold, even of one. */
function showFlag({ by, out, diff, alike, showAll, json }: Flags): string | undefined {
  if (by !== undefined) return '--by'
  if (out !== undefined) return '--out'
  if (diff === true) return '--diff'
  if (alike === true) return '--alike'
  if (showAll === true) return '--show-all'
  return json === true ? '--json' : undefined
}

interface Asked {
  readonly id: string
  readonly from: number
  readonly flags: Flags
}

async function followOne(
  io: Io,
  client: Client,
  machine: Machine,
  { id, from, flags }: Asked,
): Promise<number> {
  const whose = flags.operator === undefined ? {} : { operator: flags.operator }
  const follower = new Follower(io, flags.raw === true, from)
  const leaving =
    flags.cancel === true ? AbortSignal.abort(new RconsoleError('CANCELLED', 'asked to')) : goneBy(io.signal)
  try {
    const request = { id, from, follow: true, ...whose }
    const report = await follower.follow(client.call(machine, 'attach', request, { signal: leaving }))
    if (flags.operator === undefined) await acknowledge(client, machine, id)
    const line = causeLine(report)
    if (line !== undefined) say(io, `rconsole: ${machine.name}: ${line}`)
    return flags.cancel === true && report.state === 'cancelled' ? EXIT.ok : statusOf(report)
  } catch (error) {
    if (error !== leaving.reason) throw error
    const again = `rconsole attach ${id} ${machine.name}`
    const place = flags.fromNow === true ? '' : ` --from ${follower.place}`
    say(io, `rconsole: left; it goes on. ${again}${place} follows it, --cancel ends it`)
    return EXIT.interrupted
  } finally {
    await follower.end()
  }
}

/** Its result was seen to its end, and need not be kept for longer than a day. */
async function acknowledge(client: Client, machine: Machine, id: string): Promise<void> {
  try {
    await ask(client, machine, 'runs', { limit: 1, ids: [id], acknowledge: [id] })
  } catch (error) {
    if (!(error instanceof RconsoleError)) throw error
    // Then it is kept for a week.
  }
}

function placeOf({ from, fromNow }: Flags): number {
  if (from !== undefined && fromNow === true)
    throw new RconsoleError('USAGE', 'expected one of --from and --from-now, got both')
  if (fromNow === true) return Number.MAX_SAFE_INTEGER
  if (from === undefined) return 0
  const place = /^\d+$/.test(from) ? Number(from) : NaN
  if (Number.isSafeInteger(place)) return place
  throw new RconsoleError('USAGE', `--from: expected a number of bytes, got ${JSON.stringify(from)}`)
}
