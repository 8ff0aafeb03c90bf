// Who may connect: a signed answer to 32 fresh bytes, by an operator of the document or an agent that has joined.
import { RconsoleError } from '../protocol/errors.ts'
import { findOperator, isRevoked } from '../protocol/fleet.ts'
import { idOf } from '../protocol/keys.ts'
import { memberOf } from '../protocol/member.ts'
import { readAuth } from '../protocol/presence.ts'
import type { Registry } from './registry.ts'

export interface Admitted {
  readonly as: 'agent' | 'console'
  readonly key: string
}

export interface Presented {
  /** The answer to our challenge. */
  readonly auth: string
  readonly nonce: string
  /** The Host that the client dialled, as its own request says. */
  readonly host: string
  /** Seconds. */
  readonly now: number
}

/**
 * Who answered; of an agent `checkAgent` then says whether it is let in.
 * @throws REFUSED, BAD_SIGNATURE, UNKNOWN_OPERATOR, EXPIRED, OTHER_FLEET: one line that the client shows.
 */
export function admit(registry: Registry, { auth, nonce, host, now }: Presented): Admitted {
  const { fleet } = registry
  if (fleet === undefined) {
    throw new RconsoleError(
      'REFUSED',
      'this relay has no fleet document yet: run `rconsole fleet publish` first',
    )
  }
  const answer = readAuth(auth)
  if (answer.nonce !== nonce || answer.relay !== host) {
    throw new RconsoleError('REFUSED', 'the answer was made for another challenge or another relay')
  }
  if (answer.fleet !== fleet.body.fleet) {
    throw new RconsoleError('OTHER_FLEET', `this relay serves fleet ${fleet.body.fleet}, not ${answer.fleet}`)
  }
  // What an operator may do on which machine is the agent's to decide; here only: is there such an operator.
  if (answer.as === 'console') findOperator(fleet, answer.key, now)
  return { as: answer.as, key: answer.key }
}

/** Whether an agent with `key` may be here. @throws REFUSED */
export function checkAgent(registry: Registry, key: string, now: number): void {
  const id = idOf(key)
  const standing = registry.standing(id)
  if (standing === undefined || registry.fleet === undefined) {
    throw new RconsoleError('REFUSED', `no machine with the id ${id} has joined at this relay`)
  }
  const member = memberOf(registry.fleet, standing, now)
  // Whoever waits for an admin's word is let in, so that the admin can see it; consoles and the agent itself refuse.
  if (member.standing === 'forgotten' || isRevoked(registry.fleet, id) || isRevoked(registry.fleet, key)) {
    const what = member.standing === 'forgotten' ? 'forgotten' : 'revoked'
    throw new RconsoleError('REFUSED', `this machine is ${what}: it needs a new token`)
  }
}
