// rconsole fleet: show the document that says who the operators are, and publish it.
import { Command as Parser } from 'commander'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Fleet } from '../../protocol/fleet.ts'
import type { RelayUrl } from '../../protocol/relay-url.ts'
import { amend, sayWhere } from '../amend.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { type Io, say, write, writeJson } from '../io.ts'
import { groundOf, publish, publishedAt, take } from '../publish.ts'
import { formatAge, LONGEST_TERM_MS, parseDuration } from '../units.ts'
import { addKeyCommands } from './fleet-keys.ts'

interface PublishFlags {
  readonly renew?: true
  readonly ttl?: string
  readonly theirs?: true
}

export const fleet: Command = {
  name: 'fleet',
  uses: [],
  build: (act) => {
    const parser = new Parser('fleet').description('the signed document that says who the operators are')
    parser
      .command('show')
      .description('print it')
      .option('--json', 'print one JSON object')
      .action((flags: { json?: true }, command: Parser) =>
        act(command, (context) => show(context, flags.json === true)),
      )
    parser
      .command('publish')
      .description('bring it to the relay')
      .option('--renew', 'sign it anew first, for as long as before (needs the signer’s key)')
      .option('--ttl <time>', 'sign it anew first, for this long')
      .option('--theirs', 'take the relay’s instead, and drop what was signed here and not published')
      .action((flags: PublishFlags, command: Parser) => act(command, (context) => bring(context, flags)))
    addKeyCommands(parser, act)
    return parser
  },
}

async function show(context: Context, isJson: boolean): Promise<number> {
  const { home, io } = context
  const { body, n } = home.loadFleet()
  const operators = body.operators.map(({ name, role, key, exp }) => ({ name, role, key, exp: iso(exp) }))
  const facts = {
    fleet: body.fleet,
    signers: n,
    v: body.v,
    iat: iso(body.iat),
    exp: iso(body.exp),
    operators,
    revoked: body.revoked.length,
  }
  if (isJson) {
    await writeJson(io, facts)
    return 0
  }
  await write(io.stdout, `fleet ${facts.fleet} version ${facts.v}, holds until ${facts.exp}\n`)
  for (const { name, role, key, exp } of operators)
    await write(io.stdout, `  ${name}  ${role}  until ${exp}  ${key}\n`)
  const relay = context.relayIfKnown()
  if (relay !== undefined)
    say(io, `For a new operator: rconsole login --relay ${relay.url}#${body.fleet} --name NAME`)
  return 0
}

async function bring(context: Context, flags: PublishFlags): Promise<number> {
  const { home, io } = context
  const relay = context.relay()
  if (flags.renew === true || flags.ttl !== undefined) {
    const ttl =
      flags.ttl === undefined ? undefined : parseDuration('--ttl', flags.ttl, LONGEST_TERM_MS) / 1000
    const { document, isPublished } = await amend(context, () => ({}), ttl)
    if (isPublished) report(io, relay, document, true)
    else sayWhere(io, { document, relay, isPublished })
    return 0
  }
  if (flags.theirs === true) {
    const theirs = await publishedAt(relay, home.pin)
    if (theirs === undefined)
      throw new RconsoleError('NOT_FOUND', `${relay.url} has no fleet document to take`)
    take(home, theirs)
    home.rememberRelay(relay.url)
    report(io, relay, theirs, false)
    return 0
  }
  const { fleet: document } = await groundOf(home, relay)
  const isNew = await publish(relay, document)
  home.base = undefined
  home.rememberRelay(relay.url)
  report(io, relay, document, isNew)
  return 0
}

function report(io: Io, relay: RelayUrl, { body }: Fleet, isNew: boolean): void {
  const left = formatAge(body.exp * 1000 - Date.now())
  say(io, `${relay.url} ${isNew ? 'has' : 'already had'} version ${body.v}; it holds for another ${left}`)
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
