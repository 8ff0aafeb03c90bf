// Who a machine is: grant (what a token stands for), closed (no more), join (the machine used it), machine (an admin's word).
import * as v from 'valibot'
import { type Bytes, fromBase64url, toBase64url } from './bytes.ts'
import { RconsoleError } from './errors.ts'
import { type Fleet, isAdmin, timeIn } from './fleet.ts'
import { type Identity, sha256, sign, verify } from './keys.ts'
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

const PROOF_DOMAIN = Buffer.from('ragent/join-proof/1\0')

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
  /** The agent's signature over the rest: whoever has a token cannot join with the key of a machine that is not theirs. */
  proof: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{86}$/)),
})
export type Join = v.InferOutput<typeof joinSchema>

const machineSchema = v.looseObject({
  fleet: idSchema,
  agent: keySchema,
  by: keySchema,
  /** The newest number wins. Bounded, so that nobody can make the last one early. */
  n: v.pipe(count, v.maxValue(2 ** 40)),
  name: nameSchema,
  labels: labelsSchema,
  exp: secondsSchema,
  accepted: v.optional(v.boolean()),
  forgotten: v.optional(v.boolean()),
})
export type MachineBody = v.InferOutput<typeof machineSchema>

/** Nobody enrols with a token any more. */
const closedSchema = v.looseObject({
  fleet: idSchema,
  by: keySchema,
  join: keySchema,
  iat: secondsSchema,
  /** The grant's own end: nobody needs to remember longer. */
  exp: secondsSchema,
})
export type Closed = v.InferOutput<typeof closedSchema>

export const issueGrant = (admin: Identity, body: Grant): string => issue('grant', admin, body)
export const issueClosed = (admin: Identity, body: Closed): string => issue('closed', admin, body)
/** `agent` joins with a token: both sign. */
export function issueJoin(token: Identity, agent: Identity, said: Omit<Join, 'agent' | 'proof'>): string {
  const { fleet, name, grant, iat } = said
  const claims = { fleet, agent: agent.public, name, grant, iat }
  return issue('join', token, { ...claims, proof: toBase64url(sign(agent, provenBy(claims))) })
}

export const issueMachine = (admin: Identity, body: MachineBody): string => issue('machine', admin, body)

/** A grant by an admin of the document. Does not ask whether it has run out. @throws BAD_SIGNATURE, OTHER_FLEET */
export function readGrant(fleet: Fleet, jws: string, now: number): Grant {
  const grant = grantIn(fleet, jws)
  checkAdmin(fleet, 'grant', grant, now)
  return grant
}

/** An admin's word that the token of `grant` is closed. @throws BAD_SIGNATURE, OTHER_FLEET */
export function readClosed(fleet: Fleet, jws: string, grant: Grant, now: number): Closed {
  const closed = closedIn(fleet, jws)
  if (closed.join !== grant.join)
    throw new RconsoleError('BAD_SIGNATURE', 'closed: is about another token than the grant')
  checkAdmin(fleet, 'closed', { by: closed.by, labels: grant.labels }, now)
  return closed
}

/** A join and the grant it rests on. Does not ask whether that has run out. @throws BAD_SIGNATURE, OTHER_FLEET */
export function readJoin(fleet: Fleet, jws: string, now: number): { join: Join; grant: Grant } {
  const { join, grant } = joinIn(fleet, jws)
  checkAdmin(fleet, 'grant', grant, now)
  return { join, grant }
}

/** An admin's statement about a machine. @throws BAD_SIGNATURE, OTHER_FLEET */
export function readMachine(fleet: Fleet, jws: string, now: number): MachineBody {
  const machine = machineIn(fleet, jws)
  checkAdmin(fleet, 'machine', machine, now)
  return machine
}

/** What a closing says, unverified like `claimsOf`. */
export function closedClaims(closed: string): Closed {
  return read('closed', closedSchema, closed).claimed
}

/**
 * Whether `next` may follow `held`, whose number is lower: its admin must have the old labels in their scope as well, or
 * one of dev could make a machine of prod their own. And what is forgotten stays so.
 * @throws BAD_SIGNATURE, REFUSED
 */
export function checkSuccessor(
  fleet: Fleet,
  held: Pick<MachineBody, 'labels' | 'forgotten'>,
  next: MachineBody,
  now: number,
): void {
  checkAdmin(fleet, 'machine', { by: next.by, labels: held.labels }, now)
  if (held.forgotten !== true || next.forgotten === true) return
  throw new RconsoleError('REFUSED', `${next.name} is forgotten: it needs a new token, which makes a new key`)
}

/** What a join says of itself, unverified: for whoever has verified it before, or will. */
export function claimsOf(join: string): {
  agent: string
  name: string
  joinKey: string
  labels: Labels
  approve: boolean
  joined: number
} {
  const { agent, name, grant, iat: joined } = read('join', joinSchema, join).claimed
  const { join: joinKey, labels, approve } = read('grant', grantSchema, grant).claimed
  return { agent, name, joinKey, labels, approve: approve === true, joined }
}

export function grantClaims(grant: string): Grant {
  return read('grant', grantSchema, grant).claimed
}

/** What an admin's statement says, unverified like `claimsOf`. */
export function machineClaims(machine: string): MachineBody {
  return read('machine', machineSchema, machine).claimed
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

/** A key as people compare it, on the machine and at the console: 64 bits of its hash. */
export function fingerprint(key: string): string {
  return sha256(Buffer.from(key))
    .toString('hex')
    .slice(0, 16)
    .replace(/(.{4})(?!$)/g, '$1-')
}

/** What a token is called: eight digits of the hash of its public key. */
export function tokenId(joinKey: string): string {
  return sha256(Buffer.from(joinKey)).toString('hex').slice(0, 8)
}

/** A grant that whoever it names has signed: whether they are an admin is another question. */
function grantIn(fleet: Fleet, jws: string): Grant {
  const unverified = read('grant', grantSchema, jws)
  const grant = unverified.signedBy([unverified.claimed.by])
  checkFleet(fleet, grant.fleet)
  return grant
}

export function closedIn(fleet: Fleet, jws: string): Closed {
  const unverified = read('closed', closedSchema, jws)
  const closed = unverified.signedBy([unverified.claimed.by])
  checkFleet(fleet, closed.fleet)
  return closed
}

/** A join and its grant, as far as they prove themselves. */
export function joinIn(fleet: Fleet, jws: string): { join: Join; grant: Grant } {
  const unverified = read('join', joinSchema, jws)
  const grant = grantIn(fleet, unverified.claimed.grant)
  const join = unverified.signedBy([grant.join])
  checkFleet(fleet, join.fleet)
  if (!verify(join.agent, provenBy(join), fromBase64url(join.proof)))
    throw new RconsoleError('BAD_SIGNATURE', 'join: not signed by the agent that it names')
  return { join, grant }
}

function provenBy({ fleet, agent, name, grant, iat }: Omit<Join, 'proof'>): Bytes {
  return Buffer.concat([PROOF_DOMAIN, sha256(Buffer.from(JSON.stringify([fleet, agent, name, grant, iat])))])
}

/** A statement on a machine that whoever it names has signed: whether they are an admin is another question. */
export function machineIn(fleet: Fleet, jws: string): MachineBody {
  const unverified = read('machine', machineSchema, jws)
  const machine = unverified.signedBy([unverified.claimed.by])
  checkFleet(fleet, machine.fleet)
  return machine
}

function checkAdmin(
  fleet: Fleet,
  kind: string,
  { by, labels }: { by: string; labels: Labels },
  now: number,
): void {
  if (isAdmin(fleet, by, labels, now)) return
  throw new RconsoleError(
    'BAD_SIGNATURE',
    `${kind}: signed by ${by.slice(0, 8)}…, who is no admin of this fleet for these labels`,
  )
}

function checkFleet(fleet: Fleet, id: string): void {
  if (id !== fleet.body.fleet)
    throw new RconsoleError('OTHER_FLEET', `expected fleet ${fleet.body.fleet}, got ${id}`)
}
