// Who this console is: an operator's key in a folder, or an operator token that needs none; and the newest document it can get.
import { RconsoleError } from '../protocol/errors.ts'
import { adopt, type Fleet, type Operator } from '../protocol/fleet.ts'
import { fetchStatement } from '../protocol/http.ts'
import type { Identity } from '../protocol/keys.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import { readOperatorToken } from '../protocol/token.ts'
import type { Signatory } from './accept.ts'
import { HeldFleet } from './held-fleet.ts'
import type { ConsoleHome } from './home.ts'

/** This console's operator, and the document that it goes by; `fleet` is always the newest one. */
export interface Who extends Signatory {
  readonly held: HeldFleet
}

interface Sources {
  passphrase(): Promise<string>
  relay(): RelayUrl
}

/** @throws HOME, USAGE, UNKNOWN_OPERATOR (with the line to send) and what fetching a document throws */
export async function whoByHome(home: ConsoleHome, sources: Sources): Promise<Who> {
  const { pin } = home
  const kept = home.heldFleet()
  const operator = await home.loadKey('operator', () => sources.passphrase())
  const relay = sources.relay()
  const held = new HeldFleet(kept ?? (await fetchFleet(relay, pin)), (fleet) => home.keepFleet(fleet))
  if (kept === undefined) home.keepFleet(held.fleet)
  const me = who(relay, operator, held)
  if (entryOf(me) === undefined) await mustBeNamed(home, me)
  return me
}

/** Look at the relay's document, and whether it names us. @throws UNKNOWN_OPERATOR with the line that would add us */
export async function mustBeNamed(home: ConsoleHome, me: Who): Promise<void> {
  const name = home.name ?? entryOf(me)?.name ?? 'NAME'
  me.held.adopt(await fetchStatement(me.relay, '/fleet'))
  if (entryOf(me) !== undefined) return
  throw new RconsoleError(
    'UNKNOWN_OPERATOR',
    `not an operator of this fleet (yet): send this line to whoever holds its signer’s key: ${addLine(name, me.operator)}`,
  )
}

/** Nothing of it is kept: the token pins the fleet, and the relay brings the document. @throws TOKEN, OTHER_FLEET, … */
export async function whoByToken(token: string, relay: RelayUrl): Promise<Who> {
  const { fleet: pin, operator } = readOperatorToken(token)
  if (relay.pin !== undefined && relay.pin !== pin)
    throw new RconsoleError('OTHER_FLEET', `the token belongs to fleet ${pin}, the URL names ${relay.pin}`)
  const held = new HeldFleet(await fetchFleet(relay, pin), () => undefined)
  return who(relay, operator, held)
}

/** The relay's document, verified against `pin`. @throws OTHER_FLEET, EXPIRED, RELAY_UNREACHABLE, NOT_FOUND */
export async function fetchFleet(relay: RelayUrl, pin: string): Promise<Fleet> {
  return adopt(undefined, pin, await fetchStatement(relay, '/fleet'), Math.floor(Date.now() / 1000))
}

/** What the holder of the signer's key has to run; the role is theirs to choose. */
export function addLine(name: string, operator: Identity): string {
  return `rconsole operator add ${name} ${operator.public} --role operator`
}

function who(relay: RelayUrl, operator: Identity, held: HeldFleet): Who {
  return {
    relay,
    operator,
    held,
    get fleet() {
      return held.fleet
    },
  }
}

function entryOf({ held, operator }: Who): Operator | undefined {
  return held.fleet.body.operators.find(({ key }) => key === operator.public)
}
