// A receipt: the agent's signed word on one request, with the operator's own signature over it, in a chain.
import * as v from 'valibot'
import { ERROR_CODES } from './errors.ts'
import type { Identity } from './keys.ts'
import { isRequestSigned, requestHash } from './request-signature.ts'
import { hashSchema, idSchema, issue, keySchema, read } from './statement.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 52))

/** What was asked, and what proves that this operator asked it of this agent. */
const askedSchema = v.looseObject({
  operator: keySchema,
  /** What the document called them; the key is who they are. */
  name: v.pipe(v.string(), v.maxLength(64)),
  action: v.pipe(v.string(), v.maxLength(32)),
  by: count,
  /** SHA-256 of the request as it was signed, and the operator's signature over it. */
  hash: hashSchema,
  sig: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{86}$/)),
  /** The request: its exact text, or, with `cut`, without values of variables, or shortened. */
  request: v.string(),
  cut: v.optional(v.boolean()),
})
export type Asked = v.InferOutput<typeof askedSchema>

/** How it stands. `done`: served to its end; `failed`: not, with the code that the operator was told. */
export const OUTCOMES = ['started', 'refused', 'done', 'failed'] as const

const outcomeSchema = v.looseObject({
  word: v.picklist(OUTCOMES),
  code: v.optional(v.picklist(ERROR_CODES)),
  /** Of a program: its status, or the signal that ended it; and why the agent ended it, if it did. */
  status: v.optional(v.nullable(v.pipe(v.number(), v.integer()))),
  signal: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(16)))),
  ended: v.optional(v.pipe(v.string(), v.maxLength(16))),
  /** Bytes of input that came from the operator, and of output that were sent. */
  in: v.optional(count),
  out: v.optional(count),
})
export type Outcome = v.InferOutput<typeof outcomeSchema>

const receiptSchema = v.looseObject({
  fleet: idSchema,
  agent: keySchema,
  n: v.pipe(count, v.minValue(1)),
  /** The hash of the receipt before. */
  prev: hashSchema,
  /** Milliseconds since 1970, by the agent's clock. */
  t: count,
  /** 16 random bytes: heads are seen by the relay, and nobody may guess from one what was asked. */
  salt: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/)),
  /** Of a request that comes to the agent. */
  asked: v.optional(askedSchema),
  /** Or: this is how the request of that receipt ended. */
  of: v.optional(count),
  outcome: outcomeSchema,
  /** So many receipts before this one could not be written. */
  missed: v.optional(count),
})
export type Receipt = v.InferOutput<typeof receiptSchema>

export const issueReceipt = (agent: Identity, body: Receipt): string => issue('receipt', agent, body)

/** What a receipt says, unverified: for whoever wrote it. @throws INVALID_MESSAGE */
export const receiptClaims = (jws: string): Receipt => read('receipt', receiptSchema, jws).claimed

/** A receipt of this agent. @throws BAD_SIGNATURE, INVALID_MESSAGE */
export function readReceipt(agentKey: string, jws: string): Receipt {
  return read('receipt', receiptSchema, jws).signedBy([agentKey])
}

/** Whether its operator signed the request, and, where the text is whole, exactly this text. */
export function isAskedSigned({ fleet, agent }: Receipt, asked: Asked): boolean {
  if (asked.cut !== true && requestHash(asked) !== asked.hash) return false
  return isRequestSigned(fleet, agent, asked.operator, asked)
}
