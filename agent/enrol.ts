// Enrolment: a token, once, against a key of this machine's own making.
import { fetchStatement, bringStatement } from '../protocol/http.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { adopt, type Fleet } from '../protocol/fleet.ts'
import { type Identity, identity, idOf } from '../protocol/keys.ts'
import { checkGrantFresh, claimsOf, issueJoin, readGrant } from '../protocol/membership.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import { readToken } from '../protocol/token.ts'
import { forgotten } from './documents.ts'
import type { AgentHome, Enrolled } from './home.ts'

/**
 * Enrol with `token`: believe only the fleet that the token pins, make a key, sign the join with the token's. It is kept
 * before the relay has it, so that a process that dies in between has not used the token up for nothing.
 * @throws TOKEN, TOKEN_EXPIRED, TOKEN_USED, OTHER_FLEET, EXPIRED, RELAY_UNREACHABLE
 */
export async function enrol(
  home: AgentHome,
  { relay, token, name }: { relay: RelayUrl; token: string; name: string },
): Promise<{ enrolled: Enrolled; fleet: Fleet }> {
  const { fleet: pin, join: tokenKey } = readToken(token)
  const now = Math.floor(Date.now() / 1000)
  const fleet = adopt(undefined, pin, await fetchStatement(relay, '/fleet'), now)
  const grantJws = await fetchGrant(relay, tokenKey.public)
  const grant = readGrant(fleet, grantJws, now)
  if (grant.join !== tokenKey.public)
    throw new RconsoleError('TOKEN', 'the relay offers another token’s grant')
  if (fleet.body.v < grant.v) {
    throw new RconsoleError(
      'OTHER_FLEET',
      `the relay offers document ${fleet.body.v}, the token was made under ${grant.v}`,
    )
  }
  checkGrantFresh(fleet, grant, now)
  const own = agentIdentity()
  const join = issueJoin(tokenKey, own, { fleet: pin, name, grant: grantJws, iat: now })
  const enrolled = { identity: own, fleet: pin, join, name }
  home.saveFleet(fleet)
  home.save(enrolled)
  try {
    await bringStatement(relay, '/joins', join)
  } catch (error) {
    // A relay that did not answer may have taken it.
    if (toRconsoleError(error).code !== 'RELAY_UNREACHABLE') home.forget()
    throw error
  }
  return { enrolled, fleet }
}

/**
 * The token with which a machine that was forgotten may enrol anew: not the one it had, which its service may still be
 * started with. @throws TOKEN
 */
export async function tokenAfterForgotten(
  relay: RelayUrl,
  { kept, word, token }: { kept: Enrolled; word: string; token: string | undefined },
): Promise<string> {
  // A relay that lost its data hears it from us, and so nobody comes back to it with a copy of the old key. If it
  // cannot be reached, that is no reason to stay.
  await bringStatement(relay, '/machines', word).catch(() => undefined)
  if (token !== undefined && readToken(token).join.public !== claimsOf(kept.join).joinKey) return token
  throw forgotten(kept.name)
}

/** Its id does not begin like a flag: people type it where flags are read. */
export function agentIdentity(): Identity {
  for (;;) {
    const made = identity()
    if (!idOf(made.public).startsWith('-')) return made
  }
}

async function fetchGrant(relay: RelayUrl, joinKey: string): Promise<string> {
  try {
    return await fetchStatement(relay, `/grants/${joinKey}`)
  } catch (cause) {
    if (!(cause instanceof RconsoleError) || cause.code !== 'NOT_FOUND') throw cause
    throw new RconsoleError(
      'TOKEN',
      `${relay.url} does not know this token: was it made for another relay, or closed?`,
      { cause },
    )
  }
}
