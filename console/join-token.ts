// Making a join token: the grant it stands for is signed here and brought to the relay; the secret goes nowhere.
import { bringStatement } from '../protocol/http.ts'
import { issueGrant, tokenId } from '../protocol/membership.ts'
import type { Labels } from '../protocol/statement.ts'
import { newToken, readToken } from '../protocol/token.ts'
import type { Signatory } from './accept.ts'
import { publish } from './publish.ts'

export interface TokenTerms {
  readonly labels: Labels
  /** How long it can be used (ms). */
  readonly ttl: number
  /** For how many machines. */
  readonly max?: number
  /** Machines wait until an admin accepts them. */
  readonly approve?: true
  /** What the printed command starts the agent with: a suggestion to whoever runs it, obeyed by nobody. */
  readonly mode?: string
}

/** A token and the command that uses it. Publishes the fleet document first, if the relay has not got it. */
export async function newJoinToken(
  { relay, fleet, operator }: Signatory,
  { labels, ttl, max, approve, mode }: TokenTerms,
): Promise<{ id: string; token: string; command: string }> {
  await publish(relay, fleet)
  const token = newToken(fleet.body.fleet)
  const iat = Math.floor(Date.now() / 1000)
  const join = readToken(token).join.public
  const grant = issueGrant(operator, {
    fleet: fleet.body.fleet,
    v: fleet.body.v,
    by: operator.public,
    join,
    labels,
    iat,
    exp: iat + Math.ceil(ttl / 1000),
    ...(max === undefined ? {} : { max }),
    ...(approve === undefined ? {} : { approve }),
    ...(mode === undefined ? {} : { mode }),
  })
  await bringStatement(relay, '/grants', grant)
  const how = mode === undefined ? '' : ` --mode ${mode}`
  return { id: tokenId(join), token, command: `ragent --relay ${relay.url} --token ${token}${how}` }
}
