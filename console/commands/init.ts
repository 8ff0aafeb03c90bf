// rconsole init: a new fleet: its off-line key (words, shown once), a signer, the first operator, the first document.
import { userInfo } from 'node:os'
import { Command as Parser } from 'commander'
import { RconsoleError } from '../../protocol/errors.ts'
import { issueFleet, issueSigners, readFleet } from '../../protocol/fleet.ts'
import { idOf, identity, seedOf } from '../../protocol/keys.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { askSecret, say, write, writeJson } from '../io.ts'
import { LONGEST_TERM_MS, parseDuration } from '../units.ts'

interface Flags {
  readonly name?: string
  readonly passphrase: boolean
  readonly ttl: string
  readonly json?: true
}

export const init: Command = {
  name: 'init',
  uses: [],
  build: (act) =>
    new Parser('init')
      .description('make a new fleet on this computer: do it once, on the laptop of its owner')
      .option('--name <operator>', 'what to call you, default your user name')
      .option('--no-passphrase', 'leave the signer’s key unsealed (else asked for, or RCONSOLE_PASSPHRASE)')
      .option('--ttl <time>', 'how long the first document holds', '30d')
      .option('--json', 'print one JSON object')
      .action((flags: Flags, parser: Parser) => act(parser, (context) => makeFleet(context, flags))),
}

async function makeFleet({ home, io }: Context, flags: Flags): Promise<number> {
  if (home.exists) {
    throw new RconsoleError(
      'HOME',
      `${home.folder} already holds a fleet: it is never overwritten; give another --home`,
    )
  }
  const name = operatorName(flags.name ?? userName())
  const ttl = parseDuration('--ttl', flags.ttl, LONGEST_TERM_MS) / 1000
  const passphrase = flags.passphrase ? await newPassphrase(io) : undefined
  home.make()
  const [fleetKey, signer, operator] = [identity(), identity(), identity()]
  const fleet = idOf(fleetKey.public)
  const iat = Math.floor(Date.now() / 1000)
  const jws = issueFleet(signer, {
    fleet,
    v: 1,
    iat,
    exp: iat + ttl,
    signers: issueSigners(fleetKey, 1, [signer.public]),
    operators: [{ key: operator.public, name, role: 'admin', exp: iat + 365 * 86_400 }],
    revoked: [],
  })
  home.saveKey('signer', signer, passphrase)
  home.saveKey('operator', operator, undefined)
  home.saveFleet(readFleet(fleet, jws))
  // Last: only now is there a fleet here.
  home.saveConfig({ fleet })
  const recovery = await words(seedOf(fleetKey))
  if (flags.json === true) {
    await writeJson(io, { fleet, operator: name, recovery })
    return 0
  }
  await write(io.stdout, `fleet ${fleet}\n`)
  say(io, `You are ${name}, admin of this fleet. Keys are in ${home.folder}.`)
  say(
    io,
    '\nThe fleet’s own key, as 24 words. Write them on paper: they are not kept anywhere and not shown again.',
  )
  say(io, 'They are needed only when the signer’s key is lost or stolen.\n')
  say(io, `    ${recovery}\n`)
  say(io, `Next, where others can reach it:   rrelay --fleet ${fleet} --host 0.0.0.0   (behind TLS)`)
  say(io, 'Then here:                         rconsole --relay https://… token new')
  return 0
}

/** BIP-39: 32 bytes as 24 words with a checksum. */
async function words(seed: Uint8Array): Promise<string> {
  const [{ entropyToMnemonic }, { wordlist }] = await Promise.all([
    import('@scure/bip39'),
    import('@scure/bip39/wordlists/english.js'),
  ])
  return entropyToMnemonic(seed, wordlist)
}

async function newPassphrase(io: Context['io']): Promise<string> {
  const given = io.env['RCONSOLE_PASSPHRASE']
  if (given !== undefined && given !== '') return given
  const instead = 'set RCONSOLE_PASSPHRASE, or --no-passphrase to leave the key unsealed'
  const first = await askSecret(io, 'passphrase for the signer’s key', instead)
  if (first === '')
    throw new RconsoleError(
      'USAGE',
      'expected a passphrase, got nothing; --no-passphrase leaves the key unsealed',
    )
  const second = await askSecret(io, 'the same again', instead)
  if (first !== second) throw new RconsoleError('USAGE', 'the two passphrases differ: nothing was made')
  return first
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A numeric user of a container has no entry in /etc/passwd.
    return 'operator'
  }
}

function operatorName(name: string): string {
  if (/^[\w.@-]{1,40}$/.test(name)) return name
  throw new RconsoleError(
    'USAGE',
    `--name: expected up to 40 of A-Z a-z 0-9 _ . @ -, got ${JSON.stringify(name)}`,
  )
}
