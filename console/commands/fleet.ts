// rconsole fleet: show the document that says who the operators are, and publish it.
import { Command as Parser } from 'commander'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { say, write, writeJson } from '../io.ts'
import { publish, renewFleet } from '../publish.ts'
import { formatAge, LONGEST_TERM_MS, parseDuration } from '../units.ts'

interface PublishFlags {
  readonly renew?: true
  readonly ttl: string
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
      .option('--renew', 'sign it anew first, for another --ttl (needs the signer’s key)')
      .option('--ttl <time>', 'how long the renewed document holds', '30d')
      .action((flags: PublishFlags, command: Parser) => act(command, (context) => bring(context, flags)))
    return parser
  },
}

async function show({ home, io }: Context, isJson: boolean): Promise<number> {
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
  return 0
}

async function bring(context: Context, { renew, ttl }: PublishFlags): Promise<number> {
  const { home, io } = context
  const relay = context.relay()
  let document = home.loadFleet()
  if (renew === true) {
    const signer = await home.loadKey('signer', () => context.passphrase())
    document = renewFleet(signer, document, parseDuration('--ttl', ttl, LONGEST_TERM_MS) / 1000)
    home.saveFleet(document)
  }
  const isNew = await publish(relay, document)
  home.rememberRelay(relay.url)
  const left = formatAge(document.body.exp * 1000 - Date.now())
  say(
    io,
    `${relay.url} ${isNew ? 'has' : 'already had'} version ${document.body.v}; it holds for another ${left}`,
  )
  return 0
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
