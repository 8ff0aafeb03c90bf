// The relay's own record of what it saw: who came, spoke with whom, was turned away; and how consoles read it.
import * as v from 'valibot'
import { ERROR_CODES } from './errors.ts'
import { hashSchema, idSchema } from './statement.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 52))
const number = v.pipe(count, v.minValue(1))

/** The newest line of a chain, as one side tells it to the other. */
export const headSchema = v.strictObject({ n: number, hash: hashSchema })

export const AUDIT_WORDS = [
  /** The relay started, stopped; it could not write `count` entries; it found `count` bytes of an unfinished one. */
  'start',
  'stop',
  'gap',
  'torn',
  'connect',
  'leave',
  'deny',
  /** A console began and ceased to exchange envelopes with an agent. */
  'open',
  'close',
  /** A statement was taken. */
  'fleet',
  'grant',
  'token',
  'enrol',
  'machine',
] as const
export type AuditWord = (typeof AUDIT_WORDS)[number]

/** One entry: ids only, nothing that was sealed, no address. Kept for long, so later fields are let through. */
export const auditEntrySchema = v.looseObject({
  n: number,
  /** Milliseconds since 1970, by the relay's clock. */
  t: count,
  what: v.picklist(AUDIT_WORDS),
  /** The id of the key that it is about. */
  who: v.optional(idSchema),
  as: v.optional(v.picklist(['agent', 'console'])),
  agent: v.optional(idSchema),
  code: v.optional(v.picklist(ERROR_CODES)),
  count: v.optional(count),
  /** Of the envelopes from console to agent, and from agent to console. */
  bytes: v.optional(v.strictObject({ to: count, from: count })),
  /** The hash of the line before. */
  prev: hashSchema,
})
export type AuditEntry = v.InferOutput<typeof auditEntrySchema>

/** Entries in a page: with the largest of them it fits a packet. */
export const AUDIT_PAGE = 500
export const AUDIT_LINE_BYTES = 512

/** The entries after number `after`. */
export const auditQuerySchema = v.strictObject({ after: count })
export type AuditQuery = v.InferOutput<typeof auditQuerySchema>

/** What is about others is withheld from all but admins, and stands there as its hash. */
const itemSchema = v.union([
  v.strictObject({ line: v.pipe(v.string(), v.maxLength(AUDIT_LINE_BYTES)) }),
  v.strictObject({ n: count, hash: hashSchema }),
])
export type AuditItem = v.InferOutput<typeof itemSchema>

export const auditPageSchema = v.strictObject({
  items: v.pipe(v.array(itemSchema), v.maxLength(AUDIT_PAGE)),
  /** Absent while there is no entry. */
  head: v.optional(headSchema),
  /** Ask again after the last number; false on the last page. */
  more: v.boolean(),
})
export type AuditPage = v.InferOutput<typeof auditPageSchema>
