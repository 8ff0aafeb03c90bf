// rconsole operator: who may do what; each change is a new fleet document, signed with the signer's key.
import { Command as Parser } from 'commander'
import * as v from 'valibot'
import { clean } from '../../protocol/clean.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import { type FleetBody, isRevoked, type Operator } from '../../protocol/fleet.ts'
import { keySchema } from '../../protocol/statement.ts'
import { amend, type Amended, sayWhere } from '../amend.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { expiryWarnings, warningLine } from '../expiry.ts'
import { confirmName, say, write, writeJson } from '../io.ts'
import { operatorName, operatorToken, readRole, readScope, scopeFlags } from '../people.ts'
import { columns } from '../table.ts'
import { LONGEST_TERM_MS, parseDuration } from '../units.ts'
import { collect } from './token.ts'

interface AddFlags {
  readonly role: string
  readonly scope: readonly string[]
  readonly ttl: string
  readonly json?: true
}

interface RevokeFlags {
  readonly yes?: true
  readonly json?: true
}

export const operator: Command = {
  name: 'operator',
  uses: [],
  build: (act) => {
    const parser = new Parser('operator').description('who may do what: people, and pipelines')
    const adds = (name: string, summary: string): Parser =>
      parser
        .command(name)
        .description(summary)
        .argument('<name>', 'what to call them')
        .requiredOption('--role <role>', 'viewer, operator or admin')
        .option('--scope <label=value>', 'only machines with this label; may be given again', collect, [])
        .option('--ttl <time>', 'for how long', '90d')
        .option('--json', 'print one JSON object')
    adds('add', 'add a person, or replace the one of this name or key: a new role, scope or time')
      .argument('<key>', 'their public key, as `rconsole login` printed it')
      .action((name: string, key: string, flags: AddFlags, command: Parser) =>
        act(command, (context) => add(context, name, key, flags)),
      )
    adds(
      'token',
      'add a pipeline: prints its key as one token, for RCONSOLE_KEY; no folder is needed there',
    ).action((name: string, flags: AddFlags, command: Parser) =>
      act(command, (context) => token(context, name, flags)),
    )
    parser
      .command('ls')
      .description('list them')
      .option('--json', 'one JSON object a line: name, role, scope, until, revoked, token, key')
      .action((flags: { json?: true }, command: Parser) =>
        act(command, (context) => list(context, flags.json === true)),
      )
    parser
      .command('revoke')
      .description('take everything from one of them, at once')
      .argument('<name>')
      .option('--yes', 'do not ask')
      .option('--json', 'print one JSON object')
      .action((name: string, flags: RevokeFlags, command: Parser) =>
        act(command, (context) => revoke(context, name, flags)),
      )
    return parser
  },
}

async function add(context: Context, name: string, key: string, flags: AddFlags): Promise<number> {
  const checked = v.safeParse(keySchema, key)
  if (!checked.success) {
    throw new RconsoleError(
      'USAGE',
      `expected a key of 43 characters as \`rconsole login\` prints it, got ${JSON.stringify(key)}`,
    )
  }
  const entry = entryOf(name, checked.output, flags)
  const amended = await amend(context, (body) => withOperator(body, entry))
  const { document, relay, isPublished } = amended
  const at = relay === undefined ? 'URL' : relay.url
  const command = `rconsole --relay ${at}#${document.body.fleet} ls`
  if (flags.json === true) {
    await writeJson(context.io, { ...plain(entry, amended), command })
    return 0
  }
  sayWhere(context.io, amended)
  say(
    context.io,
    `${name} is ${describe(entry)}${isPublished ? '; their first command:' : '. Later, their first command:'}`,
  )
  await write(context.io.stdout, `${command}\n`)
  return 0
}

async function token(context: Context, name: string, flags: AddFlags): Promise<number> {
  const { token: secret, key } = operatorToken(context.home.pin)
  const entry = { ...entryOf(name, key, flags), token: true }
  const amended = await amend(context, (body) => withOperator(body, entry))
  if (flags.json === true) {
    await writeJson(context.io, { ...plain(entry, amended), token: secret })
    return 0
  }
  sayWhere(context.io, amended)
  say(
    context.io,
    `${name} is ${describe(entry)}. Not shown again; in the pipeline, with RCONSOLE_RELAY beside it:`,
  )
  await write(context.io.stdout, `RCONSOLE_KEY=${secret}\n`)
  return 0
}

async function list({ home, io }: Context, isJson: boolean): Promise<number> {
  const fleet = home.loadFleet()
  const rows = fleet.body.operators.map((entry) => ({ entry, revoked: isRevoked(fleet, entry.key) }))
  if (isJson) {
    for (const { entry, revoked } of rows) {
      const { name, role, scope = null, exp, key } = entry
      await writeJson(io, { name, role, scope, until: iso(exp), revoked, token: entry.token === true, key })
    }
    return 0
  }
  const cells = rows.map(({ entry, revoked }) => [
    entry.name,
    entry.token === true ? `${entry.role} (token)` : entry.role,
    scopeFlags(entry.scope).join(' ') || 'all',
    revoked ? 'revoked' : iso(entry.exp),
    entry.key,
  ])
  await write(
    io.stdout,
    columns(
      ['NAME', 'ROLE', 'SCOPE', 'UNTIL', 'KEY'],
      cells.map((row) => row.map((cell) => clean(cell))),
    ),
  )
  for (const warning of expiryWarnings(fleet, undefined, Date.now())) say(io, warningLine(warning))
  return 0
}

async function revoke(context: Context, name: string, flags: RevokeFlags): Promise<number> {
  const { io } = context
  await mustConfirm(context, name, flags)
  let gone: Operator | undefined
  const amended = await amend(context, ({ operators, revoked }) => {
    gone = operators.find((entry) => entry.name === name)
    if (gone === undefined)
      throw new RconsoleError('NOT_FOUND', `no operator is called ${name}: rconsole operator ls names them`)
    return { revoked: [...new Set([...revoked, gone.key])] }
  })
  if (flags.json === true) {
    const { document, isPublished } = amended
    await writeJson(io, { name, key: gone?.key ?? null, v: document.body.v, published: isPublished })
    return 0
  }
  sayWhere(io, amended)
  say(
    io,
    `${name} is revoked${amended.isPublished ? '' : ' once it is published'}; runs that were started go on.`,
  )
  if (gone?.role === 'admin')
    say(
      io,
      `Machines that rest on the word of ${name} alone need another admin's: rconsole ls signs for those it knew, rconsole machine ls shows the others.`,
    )
  return 0
}

async function mustConfirm({ io }: Context, name: string, { yes }: RevokeFlags): Promise<void> {
  if (yes === true) return
  if (io.stdin.isTTY !== true)
    throw new RconsoleError('USAGE', 'revoke: expected --yes, for nobody can be asked here')
  if (!(await confirmName(io, `Revoke ${name}? Type the name to do it: `, name)))
    throw new RconsoleError('CANCELLED', 'not the name: nothing was done')
}

function entryOf(name: string, key: string, { role, scope, ttl }: AddFlags): Operator {
  const limits = readScope(scope)
  return {
    key,
    name: operatorName('<name>', name),
    role: readRole(role),
    ...(limits === undefined ? {} : { scope: limits }),
    exp: Math.floor((Date.now() + parseDuration('--ttl', ttl, LONGEST_TERM_MS)) / 1000),
  }
}

/** @throws REFUSED for a key that was revoked: whoever had it may have it still */
function withOperator({ operators, revoked }: FleetBody, entry: Operator): Partial<FleetBody> {
  if (revoked.includes(entry.key))
    throw new RconsoleError('REFUSED', `this key was revoked: ${entry.name} needs a new one (rconsole login)`)
  const others = operators.filter(({ name, key }) => name !== entry.name && key !== entry.key)
  const isToken = operators.some(({ key, token: mark }) => key === entry.key && mark === true)
  return { operators: [...others, isToken ? { ...entry, token: true } : entry] }
}

function plain(
  { name, role, scope = null, exp, key }: Operator,
  { document, isPublished }: Amended,
): Record<string, unknown> {
  return { name, role, scope, until: iso(exp), key, v: document.body.v, published: isPublished }
}

function describe({ role, scope, exp }: Operator): string {
  const where = scopeFlags(scope).join(' ')
  return `${role}${where === '' ? '' : ` on ${where}`} until ${iso(exp)}`
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString()
