// Bringing the fleet document to the relay, and signing a newer one.
import { RconsoleError } from '../protocol/errors.ts'
import { type Fleet, issueFleet, readFleet } from '../protocol/fleet.ts'
import { bringStatement, fetchStatement } from '../protocol/http.ts'
import type { Identity } from '../protocol/keys.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'

/** See that the relay has this document or a newer one. Returns whether it had to be brought. */
export async function publish(relay: RelayUrl, fleet: Fleet): Promise<boolean> {
  const theirs = await publishedAt(relay, fleet.body.fleet)
  if (theirs !== undefined && (theirs.hash === fleet.hash || isNewer(theirs, fleet))) return false
  await bringStatement(relay, '/fleet', fleet.jws)
  return true
}

/** The relay's document, verified against the pin; undefined when it has none. @throws OTHER_FLEET */
export async function publishedAt(relay: RelayUrl, pin: string): Promise<Fleet | undefined> {
  try {
    return readFleet(pin, await fetchStatement(relay, '/fleet'))
  } catch (error) {
    if (error instanceof RconsoleError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}

/** The next version of a document: dated now, or as late as the one before if that clock was ahead. `ttl` in seconds. */
export function renewFleet(signer: Identity, held: Fleet, ttl: number): Fleet {
  const iat = Math.max(Math.floor(Date.now() / 1000), held.body.iat)
  const body = { ...held.body, v: held.body.v + 1, prev: held.hash, iat, exp: iat + ttl }
  return readFleet(held.body.fleet, issueFleet(signer, body))
}

function isNewer(one: Fleet, other: Fleet): boolean {
  return one.n > other.n || (one.n === other.n && one.body.v > other.body.v)
}
