// An admin's console signs for each machine it sees for the first time, so that the machine outlives its token.
import { toRconsoleError } from '../protocol/errors.ts'
import { bringStatement } from '../protocol/http.ts'
import { adminKeys, type Fleet } from '../protocol/fleet.ts'
import type { Identity } from '../protocol/keys.ts'
import { issueMachine } from '../protocol/membership.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import type { Machine } from './machine.ts'

/** How long an admin's word on a machine holds (s): 400 days, long past the yearly look at who is in the fleet. */
const MACHINE_S = 400 * 86_400
/** Requests to the relay at once. */
const AT_ONCE = 16

export interface Signatory {
  readonly relay: RelayUrl
  readonly fleet: Fleet
  readonly operator: Identity
}

/** Sign for the machines that no admin has signed for, if this operator is one. @throws RELAY_UNREACHABLE */
export async function acceptBare(
  { relay, fleet, operator }: Signatory,
  machines: readonly Machine[],
): Promise<void> {
  if (!adminKeys(fleet).includes(operator.public)) return
  const bare = machines.filter(({ standing }) => standing === 'bare')
  const exp = Math.floor(Date.now() / 1000) + MACHINE_S
  for (let start = 0; start < bare.length; start += AT_ONCE) {
    await Promise.all(
      bare.slice(start, start + AT_ONCE).map(async ({ key, name, labels }) => {
        const body = {
          fleet: fleet.body.fleet,
          agent: key,
          by: operator.public,
          n: 1,
          name,
          labels,
          exp,
          accepted: true,
        }
        try {
          await bringStatement(relay, '/machines', issueMachine(operator, body))
        } catch (error) {
          // Another console was quicker: someone has signed for it, which is all that is wanted.
          if (toRconsoleError(error).code !== 'REFUSED') throw error
        }
      }),
    )
  }
}
