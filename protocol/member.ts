// What the fleet's signatures say of one machine: is it one of ours, what is it called, and if not, what would change that.
import { RconsoleError } from './errors.ts'
import { type Fleet, isAdmin, isRevoked, timeIn } from './fleet.ts'
import { idOf } from './keys.ts'
import { claimsOf, closedIn, type Grant, joinIn, type MachineBody, machineIn } from './membership.ts'
import type { Labels } from './statement.ts'

/**
 * `bare`: enrolled, and no admin's console has signed for it yet. `pending`: its token wants an admin's word.
 * `orphaned`: who signed for it is no admin any more, or the signature ran out: it waits for an admin to sign anew.
 */
export type MemberStanding = 'accepted' | 'bare' | 'pending' | 'orphaned' | 'forgotten' | 'refused'

/** What the fleet's signatures say of one machine. */
export interface Member {
  readonly fleet: string
  readonly id: string
  readonly key: string
  /** The id, when nobody whose word counts has said a name. */
  readonly name: string
  readonly labels: Labels
  readonly standing: MemberStanding
  /** Why it is not accepted, and what would change that. */
  readonly reason?: string
  /** What the newest statement says, whoever signed it. */
  readonly said: { readonly name: string; readonly labels: Labels }
  /** The number of the admin's statement, 0 without one, and until when that holds (s). */
  readonly n: number
  readonly exp: number
  /** How it enrolled. Behind an admin's statement nobody has verified it: that costs, and rarely matters. */
  readonly join: string
  readonly joined: number
  readonly joinKey: string
}

/** The statements about one machine, as a relay keeps and shows them. */
export interface MachineStatements {
  readonly join: string
  readonly machine?: string | undefined
  readonly closed?: string | undefined
}

/**
 * Put together what is known of a machine. A bare join holds only until its grant runs out or is closed.
 * @throws BAD_SIGNATURE, OTHER_FLEET, INVALID_MESSAGE when the statements themselves do not hold.
 */
export function memberOf(fleet: Fleet, statements: MachineStatements, now: number): Member {
  const claims = claimsOf(statements.join)
  const { agent: key, joined, joinKey } = claims
  const id = idOf(key)
  const base = { fleet: fleet.body.fleet, id, key, join: statements.join, joined, joinKey }
  const isGone = isRevoked(fleet, key) || isRevoked(fleet, id)
  if (statements.machine === undefined) {
    const { join, grant } = joinIn(fleet, statements.join)
    const said = { name: join.name, labels: grant.labels }
    const bare = { id, name: join.name, grant, closed: statements.closed }
    const standing = isGone ? REVOKED : bareStanding(fleet, bare, now)
    return { ...base, ...named(standing, id, said), said, n: 0, exp: grant.exp, ...standing.as }
  }
  const machine = machineIn(fleet, statements.machine)
  if (machine.agent !== key)
    throw new RconsoleError('BAD_SIGNATURE', 'machine: is about another agent than the join')
  const said = { name: machine.name, labels: machine.labels }
  const standing = isGone ? REVOKED : machineStanding(fleet, id, machine, now)
  return { ...base, ...named(standing, id, said), said, n: machine.n, exp: machine.exp, ...standing.as }
}

interface Judged {
  readonly as: { readonly standing: MemberStanding; readonly reason?: string }
  /** Whoever said its name and labels had no right to. */
  readonly isHearsay?: true
}

const REVOKED: Judged = { as: { standing: 'refused', reason: 'revoked' } }

interface Bare {
  readonly id: string
  readonly name: string
  readonly grant: Grant
  readonly closed: string | undefined
}

function bareStanding(fleet: Fleet, { id, name, grant, closed }: Bare, now: number): Judged {
  const next = `an admin can: rconsole machine accept ${id}`
  if (!isAdmin(fleet, grant.by, grant.labels, now)) {
    const reason = `joined, as ${name}, with a token of someone who is no admin for it any more; ${next}`
    return { as: { standing: 'orphaned', reason }, isHearsay: true }
  }
  // Also by an admin who has left since: to honour it is the safe side, and a relay can hide a machine anyway.
  if (closed !== undefined && closedIn(fleet, closed).join === grant.join) {
    const reason = `its token was closed before an admin signed for it; ${next}`
    return { as: { standing: 'refused', reason } }
  }
  if (!(timeIn(fleet, now) < grant.exp)) {
    return { as: { standing: 'refused', reason: `no admin signed for it before its token ran out; ${next}` } }
  }
  return { as: { standing: grant.approve === true ? 'pending' : 'bare' } }
}

function machineStanding(fleet: Fleet, id: string, machine: MachineBody, now: number): Judged {
  const next = `an admin can: rconsole machine accept ${id}`
  const isHearsay = !isAdmin(fleet, machine.by, machine.labels, now)
  if (machine.forgotten === true) {
    return {
      as: { standing: 'forgotten', reason: 'forgotten; it needs a new token' },
      ...(isHearsay ? { isHearsay } : {}),
    }
  }
  if (isHearsay) {
    const reason = `signed for, as ${machine.name}, by someone who is no admin for it any more; ${next}`
    return { as: { standing: 'orphaned', reason }, isHearsay }
  }
  if (!(timeIn(fleet, now) < machine.exp))
    return { as: { standing: 'orphaned', reason: `the admin’s signature for it ran out; ${next}` } }
  return { as: { standing: machine.accepted === true ? 'accepted' : 'pending' } }
}

function named({ isHearsay }: Judged, id: string, said: Member['said']): Pick<Member, 'name' | 'labels'> {
  return isHearsay === true ? { name: id, labels: {} } : said
}
