// rconsole attach: a run that was left, from its start or from anywhere, to its end and with its status.
import { Command as Parser } from 'commander'
import { RconsoleError } from '../../protocol/errors.ts'
import { EXIT } from '../../protocol/exit.ts'
import { ask } from '../ask.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { machineOf } from '../find-run.ts'
import { causeLine, Follower } from '../follow.ts'
import { say } from '../io.ts'
import type { Machine } from '../machine.ts'
import { statusOf } from '../status.ts'

const ID = /^[A-Za-z0-9_-]{22}$/

interface Flags {
  readonly from?: string
  readonly fromNow?: true
  readonly cancel?: true
  readonly operator?: string
  readonly raw?: true
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
      .action((id: string, word: string | undefined, flags: Flags, parser: Parser) =>
        act(parser, (context) => follow(context, id, word, flags)),
      ),
}

async function follow(context: Context, id: string, word: string | undefined, flags: Flags): Promise<number> {
  if (!ID.test(id))
    throw new RconsoleError('USAGE', `expected the id of a run, 22 characters, got ${JSON.stringify(id)}`)
  const from = placeOf(flags)
  const { io } = context
  return await context.withClient(async (client) => {
    const machine = await machineOf(context, client, id, word)
    const whose = flags.operator === undefined ? {} : { operator: flags.operator }
    const follower = new Follower(io, flags.raw === true, from)
    const leaving =
      flags.cancel === true ? AbortSignal.abort(new RconsoleError('CANCELLED', 'asked to')) : left(io.signal)
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
  })
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

/** Whatever ends this console leaves the run to itself. */
function left(signal: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const leave = (): void => controller.abort(new RconsoleError('GONE', 'left'))
  signal.addEventListener('abort', leave, { once: true })
  if (signal.aborted) leave()
  return controller.signal
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
