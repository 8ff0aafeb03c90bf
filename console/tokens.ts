// The tokens of the fleet as their signed statements and the machines that joined with them describe them.
import { clean } from '../protocol/clean.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { type Fleet, timeIn } from '../protocol/fleet.ts'
import { grantClaims, joinIn, readClosed, readGrant, tokenId } from '../protocol/membership.ts'
import type { TokensPage } from '../protocol/roster.ts'
import type { Labels } from '../protocol/statement.ts'
import type { Client } from './client.ts'
import type { Machine } from './machine.ts'

export interface KnownToken {
  readonly id: string
  readonly joinKey: string
  /** `void`: who made it is no admin for these labels any more. */
  readonly state: 'open' | 'closed' | 'expired' | 'used up' | 'void'
  readonly labels: Labels
  readonly approve: boolean
  readonly mode: string | undefined
  /** Until when it can be used (s), and for how many machines. */
  readonly exp: number
  readonly max: number | undefined
  /** Who made it, by the fleet document. */
  readonly by: string
  readonly closedBy: string | undefined
  readonly uses: readonly { readonly id: string; readonly name: string; readonly at: number }[]
}

/** All of them, the newest first. @throws RELAY_UNREACHABLE */
export async function knownTokens(client: Client, fleet: Fleet, now: number): Promise<KnownToken[]> {
  const shown = await client.tokens()
  // Who used which is in the joins, each signed with its token's key: the relay's count is nobody's evidence.
  const machines = await client.find({ watch: false })
  const tokens = shown.flatMap((entry) => tokenOf(entry, { client, fleet, machines, now }) ?? [])
  return tokens.toSorted((one, other) => other.exp - one.exp)
}

/** The one token that `id` begins. @throws USAGE, NOT_FOUND, AMBIGUOUS */
export function findToken(id: string, tokens: readonly KnownToken[]): KnownToken {
  if (!/^[0-9a-f]{4,8}$/.test(id)) {
    throw new RconsoleError(
      'USAGE',
      `expected the id of a token, 4 to 8 of 0-9 a-f (rconsole token ls), got ${JSON.stringify(id)}`,
    )
  }
  const [first, second] = tokens.filter((token) => token.id.startsWith(id))
  if (first === undefined)
    throw new RconsoleError('NOT_FOUND', `no token begins with ${id}: rconsole token ls shows them`)
  if (second === undefined) return first
  throw new RconsoleError('AMBIGUOUS', `several tokens begin with ${id}: give more of the id`)
}

interface Known {
  readonly client: Client
  readonly fleet: Fleet
  readonly machines: readonly Machine[]
  readonly now: number
}

/** Undefined for one that nobody of this fleet has signed: the relay made it up. */
function tokenOf(
  { grant: jws, closed }: TokensPage['tokens'][number],
  { client, fleet, machines, now }: Known,
): KnownToken | undefined {
  const seconds = Math.floor(now / 1000)
  const grant = passes(() => grantClaims(jws))
  const by = fleet.body.operators.find(({ key }) => key === grant?.by)?.name
  if (grant === undefined || by === undefined) return undefined
  const isValid = passes(() => readGrant(fleet, jws, seconds)) !== undefined
  const end = closed === undefined ? undefined : passes(() => readClosed(fleet, closed, grant, seconds))
  if (end !== undefined) client.rememberClosed(end.join, end.exp)
  const uses = machines.flatMap(({ id, name, member }) => {
    const isClaimed = member?.joinKey === grant.join && passes(() => joinIn(fleet, member.join)) !== undefined
    return isClaimed ? [{ id, name, at: member.joined }] : []
  })
  const closer = fleet.body.operators.find(({ key }) => key === end?.by)?.name
  const isOver = !(timeIn(fleet, seconds) < grant.exp)
  return {
    id: tokenId(grant.join),
    joinKey: grant.join,
    state: stateOf({
      isClosed: end !== undefined,
      isOver,
      isValid,
      isUsed: grant.max !== undefined && uses.length >= grant.max,
    }),
    labels: grant.labels,
    approve: grant.approve === true,
    mode: grant.mode === undefined ? undefined : clean(grant.mode),
    exp: grant.exp,
    max: grant.max,
    by,
    closedBy: closer,
    uses: uses.toSorted((one, other) => one.at - other.at),
  }
}

function stateOf({
  isClosed,
  isOver,
  isValid,
  isUsed,
}: Readonly<Record<'isClosed' | 'isOver' | 'isValid' | 'isUsed', boolean>>): KnownToken['state'] {
  if (isClosed) return 'closed'
  if (isOver) return 'expired'
  if (!isValid) return 'void'
  return isUsed ? 'used up' : 'open'
}

/** What `read` gives, or undefined for a statement that does not hold. */
function passes<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (toRconsoleError(error).code === 'INTERNAL') throw error
    return undefined
  }
}
