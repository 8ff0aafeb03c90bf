// Action `history`: the machine's receipts, oldest first; those of others are withheld from all but admins, as hashes.
import * as v from 'valibot'
import { defineAction, nothing } from '../action.ts'
import { headSchema } from '../audit.ts'
import { hashSchema, jwsSchema } from '../statement.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 52))

/** Receipts in one output, and their text (bytes): a value cannot be cut, and may overdraw by 64 KiB. */
export const HISTORY_BATCH = 256
export const HISTORY_BATCH_BYTES = 40 * 1024

export const history = defineAction({
  name: 'history',
  request: v.strictObject({
    /** From the first receipt that is not older (ms since 1970); all of them without. */
    since: v.optional(count),
  }),
  input: nothing,
  output: v.strictObject({
    receipts: v.pipe(
      v.array(v.union([v.strictObject({ jws: jwsSchema }), v.strictObject({ n: count, hash: hashSchema })])),
      v.maxLength(HISTORY_BATCH),
    ),
  }),
  result: v.strictObject({
    /** The newest when they were read; absent when there is none. */
    head: v.optional(headSchema),
  }),
  needs: () => ({ role: 'viewer', rule: 'facts' }),
})
