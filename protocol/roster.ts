// What a relay tells about machines: signed statements to be verified, and its own word on who is connected.
import * as v from 'valibot'
import { idSchema, jwsSchema, nameSchema } from './statement.ts'

const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 52))

export const rosterEntrySchema = v.strictObject({
  id: idSchema,
  /** The agent's join, with the grant it rests on. */
  join: jwsSchema,
  /** An admin's newest statement about the machine. */
  machine: v.optional(jwsSchema),
  /** The agent's newest presence, kept after it left. */
  presence: v.optional(jwsSchema),
  /** The relay's word: connected now, and since when it is so or not (ms). */
  online: v.boolean(),
  since: milliseconds,
  /** Connections with this key at once: more than one is a copied key. */
  copies: v.pipe(v.number(), v.integer(), v.minValue(0)),
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
