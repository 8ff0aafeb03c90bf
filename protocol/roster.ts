// What a relay tells about machines: signed statements to be verified, and its own word on who is connected.
import * as v from 'valibot'
import { idSchema, jwsSchema, keySchema, nameSchema } from './statement.ts'

const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 52))

/** Processes of one key that are named beside the newest. */
export const MOST_OTHERS = 3

export const rosterEntrySchema = v.strictObject({
  id: idSchema,
  /** The agent's join, with the grant it rests on. */
  join: jwsSchema,
  /** An admin's newest statement about the machine. */
  machine: v.optional(jwsSchema),
  /** While no admin has signed for the machine: the word that its token is closed. */
  closed: v.optional(jwsSchema),
  /** The agent's newest presence, kept after it left. */
  presence: v.optional(jwsSchema),
  /** The relay's word: connected now, and since when it is so or not (ms). */
  online: v.boolean(),
  since: milliseconds,
  /** Processes connected with this key at once: more than one is a copied key. */
  copies: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** The presences of the other processes that are connected with this key. */
  others: v.optional(v.pipe(v.array(jwsSchema), v.maxLength(MOST_OTHERS))),
})
export type RosterEntry = v.InferOutput<typeof rosterEntrySchema>

/** Entries in one page: about 200 KiB, so that a page fits a packet. */
export const ROSTER_PAGE = 48

/** Machines that a relay keeps at most: ten times what it is measured for. A roster that goes on is made up. */
export const MOST_MACHINES = 100_000

/** Which machines: these names or ids, or all of them page by page. `watch`: tell of their changes from now on. */
export const rosterQuerySchema = v.strictObject({
  names: v.optional(v.pipe(v.array(nameSchema), v.maxLength(1024))),
  ids: v.optional(v.pipe(v.array(idSchema), v.maxLength(1024))),
  after: v.optional(idSchema),
  watch: v.boolean(),
})
export type RosterQuery = v.InferOutput<typeof rosterQuerySchema>

export const rosterPageSchema = v.strictObject({
  entries: v.pipe(v.array(rosterEntrySchema), v.maxLength(ROSTER_PAGE)),
  /** Ask again with this as `after`; absent on the last page. */
  next: v.optional(idSchema),
})
export type RosterPage = v.InferOutput<typeof rosterPageSchema>

/** The tokens of the fleet, page by page: only for consoles that have been admitted. */
export const tokensQuerySchema = v.strictObject({ after: v.optional(keySchema) })
export type TokensQuery = v.InferOutput<typeof tokensQuerySchema>

/** Tokens in one page: two statements of a few hundred bytes each, at most 14 KiB with 32 long labels. */
export const TOKENS_PAGE = 16

export const tokensPageSchema = v.strictObject({
  tokens: v.pipe(
    v.array(v.strictObject({ grant: jwsSchema, closed: v.optional(jwsSchema) })),
    v.maxLength(TOKENS_PAGE),
  ),
  /** Ask again with this join key as `after`; absent on the last page. */
  next: v.optional(keySchema),
})
export type TokensPage = v.InferOutput<typeof tokensPageSchema>
