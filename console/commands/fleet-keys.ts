// rconsole fleet rotate, recover: other signers, named by the off-line fleet key from its 24 words.
import type { Command as Parser } from 'commander'
import { RconsoleError } from '../../protocol/errors.ts'
import { type Fleet, type FleetBody, issueSigners } from '../../protocol/fleet.ts'
import { type Identity, identity, idOf } from '../../protocol/keys.ts'
import type { RelayUrl } from '../../protocol/relay-url.ts'
import { nextFleet, sayWhere } from '../amend.ts'
import type { Act } from '../command.ts'
import type { Context } from '../context.ts'
import { say, write, writeJson } from '../io.ts'
import { newPassphrase } from '../passphrase.ts'
import { operatorIdentity, operatorName } from '../people.ts'
import { groundOf, publishedAt, settle } from '../publish.ts'
import { LONGEST_TERM_MS, parseDuration } from '../units.ts'
import { readWords } from '../fleet-words.ts'

interface RotateFlags {
  readonly wordsFile?: string
  readonly passphrase: boolean
}

interface RecoverFlags extends RotateFlags {
  readonly name: string
  readonly stolen?: true
  readonly ttl: string
  readonly json?: true
}

const YEAR_S = 365 * 86_400
/** A version that someone raised far out of reach is not gone on with. */
const MOST_VERSION = 2 ** 40

export function addKeyCommands(parser: Parser, act: Act): void {
  parser
    .command('rotate')
    .description('replace the signer’s key of this console by a new one; takes the 24 words')
    .option('--words-file <file>', 'the 24 words; else they are asked for')
    .option('--no-passphrase', 'leave the new key unsealed (else asked for, or RCONSOLE_PASSPHRASE)')
    .action((flags: RotateFlags, command: Parser) => act(command, (context) => rotate(context, flags)))
  parser
    .command('recover')
    .description(
      'the laptop with the signer’s key is lost or stolen: a new one, from the 24 words and --relay',
    )
    .requiredOption('--name <operator>', 'your own name: it gets a new key')
    .option('--stolen', 'believe nothing that the laptop may have signed: nobody but you stays an operator')
    .option('--ttl <time>', 'how long the document holds', '30d')
    .option('--words-file <file>', 'the 24 words; else they are asked for')
    .option('--no-passphrase', 'leave the new signer’s key unsealed (else asked for, or RCONSOLE_PASSPHRASE)')
    .option('--json', 'print one JSON object')
    .action((flags: RecoverFlags, command: Parser) => act(command, (context) => recover(context, flags)))
}

async function rotate(context: Context, flags: RotateFlags): Promise<number> {
  const { home, io } = context
  const relay = context.relayIfKnown()
  const before = await home.loadKey('signer', () => context.passphrase('signer'))
  const fleetKey = await readWords(io, flags.wordsFile)
  if (idOf(fleetKey.public) !== home.pin) {
    throw new RconsoleError(
      'OTHER_FLEET',
      `these words are of fleet ${idOf(fleetKey.public)}, not of ${home.pin}`,
    )
  }
  const passphrase = flags.passphrase ? await newPassphrase(io, 'signer') : undefined
  const ground = await groundOf(home, relay)
  const signer = identity()
  const others = ground.fleet.signers.filter((key) => key !== before.public)
  const signers = issueSigners(fleetKey, ground.fleet.n + 1, [signer.public, ...others])
  const document = nextFleet(signer, ground, { signers })
  const isPublished = await settle(home, relay, ground, document)
  home.saveKey('signer', signer, passphrase)
  sayWhere(io, { document, relay, isPublished })
  say(
    io,
    'The signer’s key here is a new one; the one before signs nothing any more. The 24 words stay the same.',
  )
  return 0
}

async function recover(context: Context, flags: RecoverFlags): Promise<number> {
  const { home, io } = context
  if (home.exists)
    throw new RconsoleError(
      'HOME',
      `${home.folder} already holds a key: it is never overwritten; give another --home`,
    )
  const name = operatorName('--name', flags.name)
  const ttl = parseDuration('--ttl', flags.ttl, LONGEST_TERM_MS) / 1000
  const relay = context.relayTold()
  if (relay === undefined) throw new RconsoleError('USAGE', '--relay: expected the URL of the fleet’s relay')
  const fleetKey = await readWords(io, flags.wordsFile)
  const theirs = await newestAt(relay, fleetKey)
  const passphrase = flags.passphrase ? await newPassphrase(io, 'signer') : undefined
  const [signer, operator] = [identity(), operatorIdentity()]
  const stay = flags.stolen === true ? [] : whoStays(theirs, name)
  const iat = Math.floor(Date.now() / 1000)
  const change: Partial<FleetBody> = {
    // A higher number of the signers starts the rest anew; going on keeps the tokens good that were made before.
    v: theirs.body.v < MOST_VERSION ? theirs.body.v + 1 : 1,
    iat,
    exp: iat + ttl,
    signers: issueSigners(fleetKey, theirs.n + 1, [signer.public]),
    operators: [...stay, { key: operator.public, name, role: 'admin', exp: iat + YEAR_S }],
    // Whoever is not among the operators needs no entry, and a thief may have made some.
    ...(flags.stolen === true ? { revoked: [] } : {}),
  }
  const document = nextFleet(signer, { fleet: theirs, prev: theirs.hash }, change)
  home.make()
  home.saveKey('signer', signer, passphrase)
  home.saveKey('operator', operator, undefined)
  home.saveFleet(document)
  home.saveConfig({ fleet: document.body.fleet, relay: relay.url })
  const isPublished = await settle(home, relay, { prev: theirs.hash, isReachable: true }, document)
  const kept = stay.map((entry) => entry.name)
  if (flags.json === true) {
    const { fleet, v } = document.body
    await writeJson(io, { fleet, operator: name, signers: document.n, v, kept, published: isPublished })
    return 0
  }
  await write(io.stdout, `fleet ${document.body.fleet}\n`)
  sayWhere(io, { document, relay, isPublished })
  say(
    io,
    `You are ${name}, admin of this fleet, with new keys in ${home.folder}. Every signer’s key from before is out.`,
  )
  if (flags.stolen === true) {
    say(
      io,
      'Nobody else is an operator now: their next command prints the line that adds them again. Ask them whether it is theirs.',
    )
    say(
      io,
      'Machines that rest on the word of a key that is out need yours: rconsole machine ls, rconsole machine accept. Tokens are dead.',
    )
  } else {
    const old = oldName(name)
    say(io, `Everyone else stays: ${kept.filter((other) => other !== old).join(', ') || 'there is nobody'}.`)
    if (kept.includes(old))
      say(
        io,
        `Your lost key stays as ${old}, for what it signed. Look at the machines with rconsole ls, then: rconsole operator revoke ${old} --yes, and rconsole ls again`,
      )
  }
  return 0
}

/** @throws NOT_FOUND, OTHER_FLEET, RELAY_UNREACHABLE */
async function newestAt(relay: RelayUrl, fleetKey: Identity): Promise<Fleet> {
  const pin = idOf(fleetKey.public)
  if (relay.pin !== undefined && relay.pin !== pin)
    throw new RconsoleError('OTHER_FLEET', `these words are of fleet ${pin}, the URL names ${relay.pin}`)
  const theirs = await publishedAt(relay, pin)
  if (theirs !== undefined) return theirs
  throw new RconsoleError(
    'NOT_FOUND',
    `${relay.url} has no document of fleet ${pin}: name the relay that it used`,
  )
}

/** Everyone; the lost key under another name: machines and tokens that it signed for would go with it. */
function whoStays({ body }: Fleet, name: string): FleetBody['operators'] {
  const old = oldName(name)
  return body.operators
    .filter((entry) => entry.name !== old)
    .map((entry) => (entry.name === name ? { ...entry, name: old } : entry))
}

/** A name has at most 40 characters. */
const oldName = (name: string): string => `${name.slice(0, 36)}-old`
