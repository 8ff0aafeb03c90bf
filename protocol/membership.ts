// Who a machine is: grant (what a token stands for), join (the machine used it), machine (an admin's word on it).
import * as v from 'valibot'
import { RconsoleError } from './errors.ts'
import { adminKeys, type Fleet, isRevoked, timeIn } from './fleet.ts'
import { type Identity, idOf } from './keys.ts'
import {
  idSchema,
  issue,
  jwsSchema,
  keySchema,
  type Labels,
  labelsSchema,
  nameSchema,
  read,
  secondsSchema,
} from './statement.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(1))

const grantSchema = v.looseObject({
  fleet: idSchema,
  /** The document's version when it was signed: an enrolling agent refuses an older document. */
  v: count,
  by: keySchema,
  join: keySchema,
  labels: labelsSchema,
  iat: secondsSchema,
  exp: secondsSchema,
  max: v.optional(count),
  approve: v.optional(v.boolean()),
  mode: v.optional(v.pipe(v.string(), v.maxLength(40))),
})
export type Grant = v.InferOutput<typeof grantSchema>

const joinSchema = v.looseObject({
  fleet: idSchema,
  agent: keySchema,
  name: nameSchema,
  grant: jwsSchema,
  iat: secondsSchema,
})
export type Join = v.InferOutput<typeof joinSchema>

const machineSchema = v.looseObject({
  fleet: idSchema,
  agent: keySchema,
  by: keySchema,
  /** The newest number wins. */
  n: count,
  name: nameSchema,
  labels: labelsSchema,
  exp: secondsSchema,
  accepted: v.optional(v.boolean()),
  forgotten: v.optional(v.boolean()),
})
export type MachineBody = v.InferOutput<typeof machineSchema>

export const issueGrant = (admin: Identity, body: Grant): string => issue('grant', admin, body)
export const issueJoin = (token: Identity, body: Join): string => issue('join', token, body)
export const issueMachine = (admin: Identity, body: MachineBody): string => issue('machine', admin, body)

/** A grant by an admin of the document. Does not ask whether it has run out. @throws BAD_SIGNATURE, OTHER_FLEET */
export function readGrant(fleet: Fleet, jws: string): Grant {
  const grant = read('grant', grantSchema, jws).signedBy(adminKeys(fleet))
  checkFleet(fleet, grant.fleet)
  return grant
}

/** A join and the grant it rests on. Does not ask whether that has run out. @throws BAD_SIGNATURE, OTHER_FLEET */
export function readJoin(fleet: Fleet, jws: string): { join: Join; grant: Grant } {
  const unverified = read('join', joinSchema, jws)
  const grant = readGrant(fleet, unverified.claimed.grant)
  const join = unverified.signedBy([grant.join])
  checkFleet(fleet, join.fleet)
  return { join, grant }
}

/** What a join says of itself, unverified: for whoever has verified it before, or will. */
export function claimsOf(join: string): { agent: string; name: string; joinKey: string; labels: Labels } {
  const { agent, name, grant } = read('join', joinSchema, join).claimed
  const { join: joinKey, labels } = read('grant', grantSchema, grant).claimed
  return { agent, name, joinKey, labels }
}

/** What an admin's statement says, unverified like `claimsOf`. */
export function machineClaims(machine: string): MachineBody {
  return read('machine', machineSchema, machine).claimed
}

/** An admin's statement about a machine. @throws BAD_SIGNATURE, OTHER_FLEET */
export function readMachine(fleet: Fleet, jws: string): MachineBody {
  const machine = read('machine', machineSchema, jws).signedBy(adminKeys(fleet))
  checkFleet(fleet, machine.fleet)
  return machine
}

/** @throws TOKEN_EXPIRED when the grant's time is over. `now` in seconds. */
export function checkGrantFresh(fleet: Fleet, grant: Grant, now: number): void {
  if (timeIn(fleet, now) < grant.exp) return
  const date = new Date(grant.exp * 1000).toISOString()
  throw new RconsoleError(
    'TOKEN_EXPIRED',
    `the token ran out at ${date}: ask an admin for a new one (rconsole token new)`,
  )
}

/** What the fleet's signatures say of one machine. */
export interface Member {
  readonly id: string
  readonly key: string
  readonly name: string
  readonly labels: Labels
  /** `bare`: enrolled, and no admin's console has signed for it yet. */
  readonly standing: 'accepted' | 'bare' | 'pending' | 'refused'
  /** Why it is refused. */
  readonly reason?: string
}

/**
 * Put together what is known of a machine. A bare join holds only until its grant runs out.
 * @throws BAD_SIGNATURE, OTHER_FLEET, INVALID_MESSAGE when the statements themselves do not hold.
 */
export function memberOf(fleet: Fleet, joinJws: string, machineJws: string | undefined, now: number): Member {
  if (machineJws !== undefined) return acceptedMember(fleet, claimsOf(joinJws).agent, machineJws, now)
  const { join, grant } = readJoin(fleet, joinJws)
  const member = { id: idOf(join.agent), key: join.agent, name: join.name, labels: grant.labels }
  if (isRevoked(fleet, join.agent) || isRevoked(fleet, member.id))
    return { ...member, standing: 'refused', reason: 'revoked' }
  if (!(timeIn(fleet, now) < grant.exp)) {
    return { ...member, standing: 'refused', reason: 'no admin has signed for it since its token ran out' }
  }
  return { ...member, standing: grant.approve === true ? 'pending' : 'bare' }
}

function acceptedMember(fleet: Fleet, agent: string, machineJws: string, now: number): Member {
  const machine = readMachine(fleet, machineJws)
  if (machine.agent !== agent)
    throw new RconsoleError('BAD_SIGNATURE', 'machine: is about another agent than the join')
  const member = { id: idOf(agent), key: agent, name: machine.name, labels: machine.labels }
  if (isRevoked(fleet, agent) || isRevoked(fleet, member.id))
    return { ...member, standing: 'refused', reason: 'revoked' }
  if (machine.forgotten === true) return { ...member, standing: 'refused', reason: 'forgotten' }
  if (!(timeIn(fleet, now) < machine.exp))
    return { ...member, standing: 'refused', reason: 'the admin’s statement on it ran out' }
  return { ...member, standing: machine.accepted === true ? 'accepted' : 'pending' }
}

function checkFleet(fleet: Fleet, id: string): void {
  if (id !== fleet.body.fleet)
    throw new RconsoleError('OTHER_FLEET', `expected fleet ${fleet.body.fleet}, got ${id}`)
}
