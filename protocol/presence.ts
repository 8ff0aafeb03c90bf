// Presence, the agent's signed "here I am", and auth, the signed answer to a relay's challenge.
import * as v from 'valibot'
import { isLowOrder } from './aead.ts'
import { toBase64url } from './bytes.ts'
import type { Identity } from './keys.ts'
import { frozenSchema, ownerPolicySchema } from './owner-policy.ts'
import { hashSchema, idSchema, issue, keySchema, read, secondsSchema } from './statement.ts'

export const LIFECYCLE_WORDS = ['kill', 'reset', 'disconnect'] as const

const short = v.pipe(v.string(), v.maxLength(256))

/** Why an agent left or came back, and by whose order, in the agent's own signed words. */
const eventSchema = v.looseObject({
  word: v.picklist([...LIFECYCLE_WORDS, 'stop']),
  by: short,
  at: secondsSchema,
})
export type LifecycleEvent = v.InferOutput<typeof eventSchema>

/** 32 strict bytes, not of low order: sealing to those throws, and a hostile agent could end its consoles with one. */
const prekeySchema = v.pipe(v.string(), v.check(isPrekey, 'expected an X25519 key'))

const presenceSchema = v.looseObject({
  fleet: idSchema,
  agent: keySchema,
  /** The version of the sealed protocol that the agent speaks. */
  proto: v.pipe(v.number(), v.integer()),
  /** X25519 prekey; in the agent's memory only, for an hour. */
  pre: prekeySchema,
  /** 16 random bytes of this process: another boot never knows a session of this one. */
  boot: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/)),
  iat: secondsSchema,
  host: short,
  os: short,
  ver: short,
  policy: ownerPolicySchema,
  frozen: v.optional(frozenSchema),
  /** In a farewell: the agent is leaving, for this reason. */
  left: v.optional(eventSchema),
  /** After a reset or a timed disconnect: what it came back from. */
  back: v.optional(eventSchema),
})
export type Presence = v.InferOutput<typeof presenceSchema>

const authSchema = v.looseObject({
  key: keySchema,
  fleet: idSchema,
  /** The host that was dialled: an answer given to one relay is of no use at another. */
  relay: v.pipe(v.string(), v.maxLength(300)),
  /** The relay's 32 bytes, in base64url. */
  nonce: hashSchema,
  as: v.picklist(['agent', 'console']),
  iat: secondsSchema,
})
export type Auth = v.InferOutput<typeof authSchema>

export const issuePresence = (agent: Identity, body: Presence): string => issue('presence', agent, body)
export const issueAuth = (by: Identity, body: Auth): string => issue('auth', by, body)

function isPrekey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === 32 && toBase64url(bytes) === text && !isLowOrder(bytes)
}

/** A presence signed by the agent it names. @throws BAD_SIGNATURE, INVALID_MESSAGE */
export function readPresence(jws: string): Presence {
  const unverified = read('presence', presenceSchema, jws)
  return unverified.signedBy([unverified.claimed.agent])
}

/** An answer signed by the key it names. @throws BAD_SIGNATURE, INVALID_MESSAGE */
export function readAuth(jws: string): Auth {
  const unverified = read('auth', authSchema, jws)
  return unverified.signedBy([unverified.claimed.key])
}
