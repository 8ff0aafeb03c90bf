// The two Socket.IO event maps, declared once for relay, agent and console. All features live above them.
import * as v from 'valibot'
import type { Bytes } from './bytes.ts'
import { ERROR_CODES } from './errors.ts'
import { isAddress } from './envelope.ts'
import type { RosterEntry, RosterPage, RosterQuery, TokensPage, TokensQuery } from './roster.ts'
import { hashSchema } from './statement.ts'

const addressSchema = v.custom<string>(isAddress)
const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 52))

/** 32 fresh bytes for the client to sign, before anything else is accepted from it. */
export const challengeSchema = v.strictObject({ proto: v.number(), nonce: hashSchema })
export type Challenge = v.InferOutput<typeof challengeSchema>

/** Admitted; `address` is how others reach this connection. */
export const welcomeSchema = v.strictObject({ address: addressSchema })
export type Welcome = v.InferOutput<typeof welcomeSchema>

/** Not admitted, or not any more; `after`: come back in so many ms. */
export const refusalSchema = v.strictObject({
  code: v.picklist(ERROR_CODES),
  message: v.pipe(v.string(), v.maxLength(1000)),
  after: v.optional(milliseconds),
})
export type Refusal = v.InferOutput<typeof refusalSchema>

export const undeliverableSchema = v.strictObject({ to: addressSchema, since: v.optional(milliseconds) })
export type Undeliverable = v.InferOutput<typeof undeliverableSchema>

/** The relay goes away: dial in again after so many ms. */
export const movingSchema = v.strictObject({ after: milliseconds })
export type Moving = v.InferOutput<typeof movingSchema>

export interface ClientToRelay {
  envelope(to: string, body: Bytes): void
  /** Agent: its newest signed presence. Answered once it is taken: what is sent just before a disconnect may be lost. */
  presence(jws: string, answer: () => void): void
  /** Console: which machines there are. */
  roster(query: RosterQuery, answer: (page: RosterPage) => void): void
  /** Console: which tokens there are. */
  tokens(query: TokensQuery, answer: (page: TokensPage) => void): void
  /** A round trip to the relay. */
  echo(answer: () => void): void
}

export interface RelayToClient {
  challenge(challenge: Challenge, answer: (auth: string) => void): void
  welcome(welcome: Welcome): void
  refused(refusal: Refusal): void
  /** The newest fleet document, at admission and at each change. */
  fleet(jws: string): void
  /** To an agent: the newest word of an admin on its machine, at admission and at each change. */
  machine(jws: string): void
  /** To an agent: the presences of other processes that are connected with its key; none when it is alone again. */
  twins(presences: string[]): void
  /** `from` is stamped by the relay: the connection it admitted. */
  envelope(from: string, body: Bytes): void
  undeliverable(what: Undeliverable): void
  /** To agents: a console they were talking with has left. */
  gone(address: string): void
  /** To consoles: watched machines changed. */
  roster(entries: RosterEntry[]): void
  moving(moving: Moving): void
}
