// The fleet document: who the operators are and what is revoked, signed by a signer whom the off-line fleet key named.
import * as v from 'valibot'
import { InvalidMessage, RconsoleError } from './errors.ts'
import { type Identity, idOf } from './keys.ts'
import { FLEET_BYTES } from './limits.ts'
import { recordOf } from './record.ts'
import {
  hashOf,
  hashSchema,
  idSchema,
  issue,
  keySchema,
  type Labels,
  read,
  secondsSchema,
} from './statement.ts'

/** Each may do what the one before may, and more. */
export const ROLES = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

const signersSchema = v.looseObject({
  fleet: idSchema,
  /** The fleet key itself, whose hash is the fleet's id: so the statement proves itself. */
  key: keySchema,
  n: v.pipe(v.number(), v.integer(), v.minValue(1)),
  keys: v.pipe(v.array(keySchema), v.minLength(1), v.maxLength(8)),
})

const operatorSchema = v.looseObject({
  key: keySchema,
  name: v.pipe(v.string(), v.regex(/^[\w.@-]{1,40}$/)),
  // A role or a scope that this version does not know denies that operator, not the document.
  role: v.pipe(v.string(), v.maxLength(40)),
  scope: v.optional(v.unknown()),
  exp: secondsSchema,
  /** The key was made from an operator token: a pipeline, not a person. */
  token: v.optional(v.boolean()),
})
export type Operator = v.InferOutput<typeof operatorSchema>

const scopeSchema = recordOf(v.string(), v.array(v.string()), 'expected labels with their values')

const fleetSchema = v.looseObject({
  fleet: idSchema,
  v: v.pipe(v.number(), v.integer(), v.minValue(1)),
  prev: v.optional(hashSchema),
  iat: secondsSchema,
  exp: secondsSchema,
  signers: v.pipe(v.string(), v.maxLength(FLEET_BYTES)),
  operators: v.pipe(v.array(operatorSchema), v.maxLength(256)),
  revoked: v.pipe(v.array(v.pipe(v.string(), v.maxLength(43))), v.maxLength(1000)),
})
export type FleetBody = v.InferOutput<typeof fleetSchema>

/** A document that has been verified, with what orders it among others. */
export interface Fleet {
  readonly jws: string
  readonly hash: string
  /** The number of the signers statement: a higher one starts the versions anew. */
  readonly n: number
  /** The keys that may sign documents. */
  readonly signers: readonly string[]
  readonly body: FleetBody
}

/** What orders documents: by `n` first, then by `v`. */
export interface Version {
  readonly n: number
  readonly v: number
  readonly hash: string
}

export function versionOf({ n, hash, body }: Fleet): Version {
  return { n, v: body.v, hash }
}

/** Whether a side that holds `one` has something to give to a side that holds `other`. */
export function isNewer(one: Version, other: Version): boolean {
  return one.n > other.n || (one.n === other.n && one.v > other.v)
}

/** Sign who the signers are: the only statement of the fleet key. */
export function issueSigners(fleetKey: Identity, n: number, keys: readonly string[]): string {
  return issue('signers', fleetKey, { fleet: idOf(fleetKey.public), key: fleetKey.public, n, keys })
}

export function issueFleet(signer: Identity, body: FleetBody): string {
  return issue('fleet', signer, body)
}

/** The fleet that a document says it is of: for whoever has no pin yet, and then verifies it with that. */
export function claimedFleet(jws: string): string {
  return read('fleet', fleetSchema, jws).claimed.fleet
}

/**
 * Verify a document of the fleet `pin`, without asking whether it is newer than another.
 * @throws OTHER_FLEET when it is not of that fleet; BAD_SIGNATURE; INVALID_MESSAGE.
 */
export function readFleet(pin: string, jws: string): Fleet {
  const unverified = read('fleet', fleetSchema, jws)
  const signers = read('signers', signersSchema, unverified.claimed.signers)
  const { fleet, key, n, keys } = signers.claimed
  if (fleet !== pin || idOf(key) !== pin || unverified.claimed.fleet !== pin) {
    throw new RconsoleError(
      'OTHER_FLEET',
      `expected fleet ${pin}, got a document of fleet ${unverified.claimed.fleet}`,
    )
  }
  signers.signedBy([key])
  return { jws, hash: hashOf(jws), n, signers: keys, body: unverified.signedBy(keys) }
}

/**
 * The document to hold after seeing `jws`: TUF's rules. The same one again is fine, an older one is refused.
 * @throws EXPIRED, INVALID_MESSAGE (older, or another of the same version) and what readFleet throws.
 */
export function adopt(held: Fleet | undefined, pin: string, jws: string, now: number): Fleet {
  if (held !== undefined && held.jws === jws) return held
  const next = readFleet(pin, jws)
  if (held !== undefined) checkOrder(held, next)
  checkFresh(next, now)
  return next
}

/** @throws EXPIRED when the document has run out, by the clock or by its own date, whichever is later. */
export function checkFresh(fleet: Fleet, now: number): void {
  const t = timeIn(fleet, now)
  if (!(t < fleet.body.exp)) {
    const [have, is] = [new Date(fleet.body.exp * 1000), new Date(t * 1000)].map((date) => date.toISOString())
    throw new RconsoleError(
      'EXPIRED',
      `the fleet document ran out at ${have}, it is ${is}: a signer must publish a new one`,
    )
  }
}

/** Seconds now, never before the document was made: setting a clock back revives nothing. */
export function timeIn(fleet: Fleet, now: number): number {
  return Math.max(now, fleet.body.iat)
}

/**
 * The operator `key`, if the document lets them do what needs `role` on a machine with `labels`.
 * @throws UNKNOWN_OPERATOR, EXPIRED, ROLE, SCOPE: one line that says what would allow it.
 */
export function authorize(fleet: Fleet, key: string, role: Role, labels: Labels, now: number): Operator {
  const operator = findOperator(fleet, key, now)
  if (!(rank(operator.role) >= ROLES.indexOf(role))) {
    throw new RconsoleError('ROLE', `${operator.name} is ${operator.role}, this needs ${role}`)
  }
  checkScope(operator, labels)
  return operator
}

/** The operator `key`, neither revoked nor run out. @throws UNKNOWN_OPERATOR, EXPIRED */
export function findOperator(fleet: Fleet, key: string, now: number): Operator {
  checkFresh(fleet, now)
  const operator = fleet.body.operators.find((candidate) => candidate.key === key)
  if (operator === undefined)
    throw new RconsoleError('UNKNOWN_OPERATOR', `no operator of this fleet has the key ${key.slice(0, 8)}…`)
  if (isRevoked(fleet, key)) throw new RconsoleError('UNKNOWN_OPERATOR', `${operator.name} was revoked`)
  if (!(timeIn(fleet, now) < operator.exp)) {
    const date = new Date(operator.exp * 1000).toISOString()
    throw new RconsoleError('EXPIRED', `${operator.name} was an operator until ${date}`)
  }
  return operator
}

export function isRevoked(fleet: Fleet, keyOrId: string): boolean {
  return fleet.body.revoked.includes(keyOrId)
}

/** Whether `key` is an admin in the document: whose statements about machines count. */
export function adminKeys(fleet: Fleet): string[] {
  return fleet.body.operators
    .filter((operator) => rank(operator.role) >= ROLES.indexOf('admin') && !isRevoked(fleet, operator.key))
    .map((operator) => operator.key)
}

/**
 * Whether `key` is an admin now, for machines with `labels`: whose statements about them count. Does not ask whether the
 * document itself has run out: nobody is let in then, and nobody is forgotten.
 */
export function isAdmin(fleet: Fleet, key: string, labels: Labels, now: number): boolean {
  const admin = fleet.body.operators.find((operator) => operator.key === key)
  if (admin === undefined || !adminKeys(fleet).includes(key)) return false
  return timeIn(fleet, now) < admin.exp && outsideScope(admin, labels) === undefined
}

function checkOrder(held: Fleet, next: Fleet): void {
  if (next.n > held.n) return
  if (next.n < held.n) throw new InvalidMessage(`signers ${next.n} are older than ${held.n}`)
  if (next.body.v < held.body.v)
    throw new InvalidMessage(`version ${next.body.v} is older than ${held.body.v}`)
  if (next.body.v === held.body.v) throw new InvalidMessage(`another document of version ${held.body.v}`)
  if (next.body.iat < held.body.iat) throw new InvalidMessage('a newer version with an older date')
}

/** -1 for a role that this version does not know: less than any. */
function rank(role: string): number {
  return ROLES.findIndex((known) => known === role)
}

function checkScope(operator: Operator, labels: Labels): void {
  const outside = outsideScope(operator, labels)
  if (outside !== undefined) throw new RconsoleError('SCOPE', `${operator.name} ${outside}`)
}

/** What keeps `labels` out of an operator's scope, in words; undefined when nothing does. */
function outsideScope(operator: Operator, labels: Labels): string | undefined {
  if (operator.scope === undefined) return undefined
  const scope = v.safeParse(scopeSchema, operator.scope)
  if (!scope.success) return 'has a scope that this version cannot read'
  for (const [label, allowed] of Object.entries(scope.output)) {
    const value = Object.hasOwn(labels, label) ? labels[label] : undefined
    if (value === undefined || !allowed.includes(value)) {
      return `may reach ${label}=${allowed.join('|')}, this machine has ${label}=${value ?? 'nothing'}`
    }
  }
  return undefined
}
