// Signing the next fleet document: somebody is added, revoked, or everything is said again for longer.
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { type Fleet, type FleetBody, issueFleet, readFleet } from '../protocol/fleet.ts'
import type { Identity } from '../protocol/keys.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import type { Context } from './context.ts'
import { type Io, say } from './io.ts'
import { type Ground, groundOf, settle } from './publish.ts'

/** Others may sign at the same time; whoever loses four times in a row is told. */
const MOST_TRIES = 4

export type Change = (body: FleetBody) => Partial<FleetBody>

export interface Amended {
  readonly document: Fleet
  readonly relay: RelayUrl | undefined
  readonly isPublished: boolean
}

/**
 * Sign the newest document anew with `change` made, for `ttl` s or as long as the one before, and publish it.
 * @throws HOME without the signer's key; REFUSED; what `change` throws
 */
export async function amend(context: Context, change: Change, ttl?: number): Promise<Amended> {
  const { home } = context
  const relay = context.relayIfKnown()
  const signer = await home.loadKey('signer', () => context.passphrase('signer'))
  for (let tries = 1; ; tries++) {
    const ground = await groundOf(home, relay)
    if (!ground.fleet.signers.includes(signer.public)) {
      throw new RconsoleError(
        'HOME',
        `the signer’s key in ${home.folder} is none of the fleet’s any more (signers ${ground.fleet.n}): use the newer one`,
      )
    }
    const document = nextFleet(signer, ground, change(ground.fleet.body), ttl)
    try {
      return { document, relay, isPublished: await settle(home, relay, ground, document) }
    } catch (error) {
      if (tries === MOST_TRIES || toRconsoleError(error).code !== 'REFUSED') throw error
    }
  }
}

/** The next version: dated now, or as late as the one before if that clock was ahead. `ttl` in seconds. */
export function nextFleet(
  signer: Identity,
  { fleet, prev }: Pick<Ground, 'fleet' | 'prev'>,
  change: Partial<FleetBody>,
  ttl = fleet.body.exp - fleet.body.iat,
): Fleet {
  const { body } = fleet
  const iat = Math.max(Math.floor(Date.now() / 1000), body.iat)
  const next = { ...body, v: body.v + 1, prev, iat, exp: iat + ttl, ...change }
  return readFleet(body.fleet, issueFleet(signer, next))
}

/** Where a signed document is now. */
export function sayWhere(io: Io, { document, relay, isPublished }: Amended): void {
  const version = `Version ${document.body.v} of the fleet document`
  if (isPublished && relay !== undefined) say(io, `${version} is at ${relay.url}.`)
  else if (relay === undefined)
    say(io, `${version} is signed and kept here; no relay is known yet, the first \`token new\` brings it.`)
  else
    say(
      io,
      `${version} is signed and kept here, but ${relay.url} cannot be reached: nothing is lost, and nobody knows it yet. ` +
        'Run `rconsole fleet publish` when it is back.',
    )
}
