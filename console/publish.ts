// Bringing the fleet document to the relay: never over a change that somebody else has published.
import { RconsoleError } from '../protocol/errors.ts'
import { type Fleet, isNewer, readFleet, versionOf } from '../protocol/fleet.ts'
import { bringStatement, fetchStatement } from '../protocol/http.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import type { ConsoleHome } from './home.ts'

/** See that the relay has this document or a newer one. Returns whether it had to be brought. */
export async function publish(relay: RelayUrl, fleet: Fleet): Promise<boolean> {
  const theirs = await publishedAt(relay, fleet.body.fleet)
  if (theirs !== undefined && (theirs.hash === fleet.hash || isNewer(versionOf(theirs), versionOf(fleet))))
    return false
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

/** What the next document is made from. */
export interface Ground {
  /** The newest document, here or at the relay. */
  readonly fleet: Fleet
  /** The hash of what the relay holds, as far as is known: it takes only what was made from that. */
  readonly prev: string
  readonly isReachable: boolean
}

/** The newest document; one that is newer at the relay is kept here first. @throws REFUSED when the two have parted */
export async function groundOf(home: ConsoleHome, relay: RelayUrl | undefined): Promise<Ground> {
  const held = home.loadFleet()
  const { base } = home
  const away = { fleet: held, prev: base ?? held.hash, isReachable: false }
  if (relay === undefined) return away
  let theirs: Fleet | undefined
  try {
    theirs = await publishedAt(relay, held.body.fleet)
  } catch (error) {
    if (error instanceof RconsoleError && error.code === 'RELAY_UNREACHABLE') return away
    throw error
  }
  if (theirs === undefined) return { ...away, isReachable: true }
  const isOurs = theirs.hash === held.hash
  if (!isOurs && hasParted(theirs, held, base)) throw parted(relay, theirs)
  const isBehind = isNewer(versionOf(held), versionOf(theirs))
  if (!isBehind) take(home, theirs)
  return { fleet: isBehind ? held : theirs, prev: theirs.hash, isReachable: true }
}

/** Keep the relay's document, in the place of one signed here that was not published, if there is one. */
export function take(home: ConsoleHome, theirs: Fleet): void {
  home.saveFleet(theirs)
  home.base = undefined
}

/** Keep `next` and publish it. Returns whether the relay has it now. @throws REFUSED when someone was quicker */
export async function settle(
  home: ConsoleHome,
  relay: RelayUrl | undefined,
  { prev, isReachable }: Pick<Ground, 'prev' | 'isReachable'>,
  next: Fleet,
): Promise<boolean> {
  const isPublished = relay !== undefined && isReachable && (await tryBring(relay, next))
  home.saveFleet(next)
  home.base = isPublished ? undefined : prev
  if (isPublished) home.rememberRelay(relay.url)
  return isPublished
}

async function tryBring(relay: RelayUrl, next: Fleet): Promise<boolean> {
  try {
    await bringStatement(relay, '/fleet', next.jws)
    return true
  } catch (error) {
    // It may have taken it all the same: the next look shows.
    if (error instanceof RconsoleError && error.code === 'RELAY_UNREACHABLE') return false
    throw error
  }
}

/** Whether somebody else has published something while a document of ours waits here. */
function hasParted(theirs: Fleet, held: Fleet, base: string | undefined): boolean {
  if (theirs.n !== held.n) return false
  return base === undefined ? theirs.body.v === held.body.v : theirs.hash !== base
}

function parted({ url }: RelayUrl, { body }: Fleet): RconsoleError {
  return new RconsoleError(
    'REFUSED',
    `someone else has published version ${body.v} at ${url} since the one here was signed: ` +
      'rconsole fleet publish --theirs takes it, then say your change again',
  )
}
