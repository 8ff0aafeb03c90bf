// Action `forward`: one TCP connection that the machine makes, as seen from there.
import * as v from 'valibot'
import { chunk, defineAction, text } from '../action.ts'

export const forward = defineAction({
  name: 'forward',
  request: v.strictObject({
    /** A name or an address, as the machine knows it. */
    host: v.pipe(text(255), v.minLength(1)),
    port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  }),
  input: chunk(0),
  /** `open`: the connection is made. `end`: the other end sends no more; it may still be sent to. */
  output: v.union([chunk(1), v.strictObject({ is: v.picklist(['open', 'end']) })]),
  result: v.strictObject({}),
  needs: () => ({ role: 'operator', rule: 'forward' }),
})
