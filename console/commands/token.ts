// rconsole token new, ls, close: tokens with which machines join, who used them, and the end of one.
import { Command as Parser } from 'commander'
import * as v from 'valibot'
import { RconsoleError } from '../../protocol/errors.ts'
import { authorize } from '../../protocol/fleet.ts'
import { bringStatement } from '../../protocol/http.ts'
import { issueClosed } from '../../protocol/membership.ts'
import { type Labels, labelsSchema } from '../../protocol/statement.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { say, write, writeJson } from '../io.ts'
import { newJoinToken } from '../join-token.ts'
import { columns } from '../table.ts'
import { findToken, type KnownToken, knownTokens } from '../tokens.ts'
import { formatAge, LONGEST_TERM_MS, parseDuration } from '../units.ts'

interface Flags {
  readonly label: readonly string[]
  readonly ttl: string
  readonly max?: string
  readonly approve?: true
  readonly mode?: string
  readonly json?: true
}

/** What `ragent --mode` takes; the agent's owner decides, and the token only suggests. */
const MODES = ['diagnose', 'allow', 'full']

export const token: Command = {
  name: 'token',
  uses: [],
  build: (act) => {
    const parser = new Parser('token').description('tokens with which machines join the fleet')
    parser
      .command('new')
      .description('make one and print the command for the machine')
      .option('--label <name=value>', 'a label for the machines that use it; may be given again', collect, [])
      .option('--ttl <time>', 'how long it can be used', '24h')
      .option('--max <count>', 'for how many machines')
      .option('--approve', 'machines wait until an admin accepts each (rconsole machine accept)')
      .option(
        '--mode <mode>',
        `print the command with this mode, for its owner to run: ${MODES.join(', ')}`,
        mode,
      )
      .option('--json', 'print one JSON object')
      .action((flags: Flags, command: Parser) => act(command, (context) => makeToken(context, flags)))
    parser
      .command('ls')
      .description('list the tokens of the fleet, and which machines came with each')
      .option('--json', 'one JSON object a line')
      .action((flags: { json?: true }, command: Parser) =>
        act(command, (context) => list(context, flags.json === true)),
      )
    parser
      .command('close')
      .description('nobody enrols with it any more; machines that an admin has signed for stay')
      .argument('<id>', 'as `token new` and `token ls` print it')
      .action((id: string, _flags: object, command: Parser) => act(command, (context) => close(context, id)))
    return parser
  },
}

async function makeToken(context: Context, flags: Flags): Promise<number> {
  const signatory = await context.signatory()
  const labels = readLabels('--label', flags.label)
  const ttl = parseDuration('--ttl', flags.ttl, LONGEST_TERM_MS)
  const max = flags.max === undefined ? {} : { max: count(flags.max) }
  authorize(signatory.fleet, signatory.operator.public, 'admin', labels, Math.floor(Date.now() / 1000))
  const made = await newJoinToken(signatory, {
    labels,
    ttl,
    ...max,
    ...(flags.approve === undefined ? {} : { approve: true }),
    ...(flags.mode === undefined ? {} : { mode: flags.mode }),
  })
  context.rememberRelay(signatory.relay.url)
  if (flags.json === true) {
    await writeJson(context.io, { ...made })
    return 0
  }
  await write(context.io.stdout, `${made.command}\n`)
  const uses = flags.max === undefined ? '' : `, for ${flags.max} machines`
  say(context.io, `Run this on each machine; the token ${made.id} holds for ${flags.ttl}${uses}.`)
  if (flags.approve === true)
    say(context.io, 'Each then waits for: rconsole machine accept NAME (rconsole machine ls shows them).')
  return 0
}

async function list(context: Context, isJson: boolean): Promise<number> {
  const { fleet } = await context.signatory()
  const tokens = await context.withClient((client) => knownTokens(client, fleet, Date.now()))
  if (isJson) {
    for (const known of tokens) await writeJson(context.io, plain(known))
  } else if (tokens.length === 0) {
    say(context.io, 'There is no token yet. `rconsole token new` makes one.')
  } else {
    await write(context.io.stdout, columns(HEAD, tokens.map(row)))
  }
  return 0
}

async function close(context: Context, id: string): Promise<number> {
  const { io } = context
  const { fleet, operator, relay } = await context.signatory()
  return await context.withClient(async (client) => {
    const found = findToken(id, await knownTokens(client, fleet, Date.now()))
    const { joinKey, labels, exp, closedBy } = found
    const now = Math.floor(Date.now() / 1000)
    // Remembered here whatever the relay does with the word.
    client.rememberClosed(joinKey, exp)
    if (closedBy !== undefined) {
      say(io, `${found.id} was closed already, by ${closedBy}`)
      return 0
    }
    authorize(fleet, operator.public, 'admin', labels, now)
    const body = { fleet: fleet.body.fleet, by: operator.public, join: joinKey, iat: now, exp }
    await bringStatement(relay, '/closed', issueClosed(operator, body))
    say(io, `${found.id} is closed: nobody enrols with it any more`)
    return 0
  })
}

const HEAD = ['ID', 'STATE', 'LEFT', 'USES', 'BY', 'APPROVE', 'MODE', 'LABELS', 'MACHINES'] as const

function row(known: KnownToken): string[] {
  const { id, state, exp, uses, max, by, approve, mode: suggested, labels } = known
  const left = state === 'open' ? formatAge(exp * 1000 - Date.now()) : '-'
  const named = Object.entries(labels).map((label) => label.join('='))
  return [
    id,
    state,
    left,
    max === undefined ? String(uses.length) : `${uses.length}/${max}`,
    by,
    approve ? 'yes' : 'no',
    suggested ?? '-',
    named.join(',') || '-',
    uses.map(({ name }) => name).join(',') || '-',
  ]
}

/** What scripts read; names are stable. */
function plain(known: KnownToken): Record<string, unknown> {
  const { id, state, exp, uses, max, by, approve, mode: suggested, labels, closedBy } = known
  return {
    id,
    state,
    labels,
    approve,
    mode: suggested ?? null,
    by,
    exp: new Date(exp * 1000).toISOString(),
    max: max ?? null,
    uses: uses.map(({ id: machine, name, at }) => ({
      id: machine,
      name,
      at: new Date(at * 1000).toISOString(),
    })),
    closedBy: closedBy ?? null,
  }
}

export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

/** @throws USAGE */
export function readLabels(flag: string, pairs: readonly string[]): Labels {
  const labels: Record<string, string> = {}
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 1) throw new RconsoleError('USAGE', `${flag}: expected name=value, got ${JSON.stringify(pair)}`)
    labels[pair.slice(0, at)] = pair.slice(at + 1)
  }
  const parsed = v.safeParse(labelsSchema, labels)
  if (parsed.success) return parsed.output
  throw new RconsoleError(
    'USAGE',
    `${flag}: expected at most 32 of name=value, each part up to 63 of A-Z a-z 0-9 . _ / -`,
  )
}

function count(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new RconsoleError('USAGE', `--max: expected a number of machines, got ${JSON.stringify(text)}`)
}

function mode(text: string): string {
  if (MODES.includes(text)) return text
  throw new RconsoleError('USAGE', `--mode: expected ${MODES.join(', ')}, got ${JSON.stringify(text)}`)
}
