// rconsole init: a new fleet: its off-line key (words, shown once), a signer, the first operator, the first document.
import { userInfo } from 'node:os'
import { Command as Parser } from 'commander'
import { RconsoleError } from '../../protocol/errors.ts'
import { issueFleet, issueSigners, readFleet } from '../../protocol/fleet.ts'
import { idOf, identity } from '../../protocol/keys.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { say, write, writeJson } from '../io.ts'
import { newPassphrase } from '../passphrase.ts'
import { operatorIdentity, operatorName } from '../people.ts'
import { LONGEST_TERM_MS, parseDuration } from '../units.ts'
import { wordsOf } from '../fleet-words.ts'

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
  const name = operatorName('--name', flags.name ?? userName())
  const ttl = parseDuration('--ttl', flags.ttl, LONGEST_TERM_MS) / 1000
  const passphrase = flags.passphrase ? await newPassphrase(io, 'signer') : undefined
  home.make()
  const [fleetKey, signer, operator] = [identity(), identity(), operatorIdentity()]
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
  const recovery = await wordsOf(fleetKey)
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
  say(io, 'They are needed only to change the signer’s key: rconsole fleet rotate, rconsole fleet recover.\n')
  say(io, `    ${recovery}\n`)
  say(io, `Next, where others can reach it:   rrelay --fleet ${fleet} --host 0.0.0.0   (behind TLS)`)
  say(io, 'Then here:                         rconsole --relay https://… token new')
  return 0
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A numeric user of a container has no entry in /etc/passwd.
    return 'operator'
  }
}
