// rconsole login: a key for a new operator, and the line that they send to whoever holds the signer's key.
import { Command as Parser } from 'commander'
import { RconsoleError, toRconsoleError } from '../../protocol/errors.ts'
import { claimedFleet, type Fleet, readFleet } from '../../protocol/fleet.ts'
import { fetchStatement } from '../../protocol/http.ts'
import type { RelayUrl } from '../../protocol/relay-url.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { say, write, writeJson } from '../io.ts'
import { chosenPassphrase } from '../passphrase.ts'
import { operatorIdentity, operatorName } from '../people.ts'
import { addLine } from '../who.ts'

interface Flags {
  readonly name: string
  readonly passphrase: boolean
  readonly json?: true
}

export const login: Command = {
  name: 'login',
  uses: [],
  build: (act) =>
    new Parser('login')
      .description('make a key for yourself on this computer, and print the line that adds you to the fleet')
      .requiredOption('--name <operator>', 'what to call you')
      .option('--no-passphrase', 'leave the key unsealed (else asked for, or RCONSOLE_PASSPHRASE)')
      .option('--json', 'print one JSON object: name, key')
      .action((flags: Flags, parser: Parser) => act(parser, (context) => makeOperator(context, flags))),
}

async function makeOperator(context: Context, flags: Flags): Promise<number> {
  const { home, io } = context
  if (home.exists) {
    throw new RconsoleError(
      'HOME',
      `${home.folder} already holds a key: it is never overwritten; give another --home`,
    )
  }
  const name = operatorName('--name', flags.name)
  const relay = context.relayTold()
  if (relay === undefined)
    throw new RconsoleError('USAGE', '--relay: expected URL#FLEETID, as `rconsole fleet show` prints it')
  const { pin, fleet } = await whichFleet(relay)
  const passphrase = flags.passphrase ? await chosenPassphrase(io, 'operator') : undefined
  home.make()
  const operator = operatorIdentity()
  home.saveKey('operator', operator, passphrase)
  home.saveConfig({ fleet: pin, relay: relay.url, name })
  if (fleet !== undefined) home.saveFleet(fleet)
  if (flags.json === true) {
    await writeJson(io, { name, key: operator.public })
    return 0
  }
  await write(io.stdout, `${addLine(name, operator)}\n`)
  if (relay.pin === undefined)
    say(io, `No fleet was named: this is ${pin}, on the word of the relay on this machine.`)
  say(
    io,
    `Send this line to whoever holds the signer’s key; the role is theirs to choose. Your key is in ${home.folder}.`,
  )
  return 0
}

/** The fleet that the URL pins, with its document if the relay has it. @throws USAGE without a pin off loopback */
async function whichFleet(relay: RelayUrl): Promise<{ pin: string; fleet: Fleet | undefined }> {
  if (relay.pin === undefined && !relay.isLoopback) {
    throw new RconsoleError(
      'USAGE',
      `--relay: expected ${relay.url}#FLEETID: without the fleet’s id a relay could say whose operator you become`,
    )
  }
  try {
    const jws = await fetchStatement(relay, '/fleet')
    const pin = relay.pin ?? claimedFleet(jws)
    return { pin, fleet: readFleet(pin, jws) }
  } catch (error) {
    const { code } = toRconsoleError(error)
    // The pin is enough: the document comes when the relay does.
    if (relay.pin !== undefined && (code === 'RELAY_UNREACHABLE' || code === 'NOT_FOUND'))
      return { pin: relay.pin, fleet: undefined }
    throw error
  }
}
