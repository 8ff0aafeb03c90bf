// Action `put`: files and folders of the console, onto the machine.
import * as v from 'valibot'
import { defineAction, text } from '../action.ts'
import { itemSchema, replySchema, totalsSchema } from '../copy/items.ts'

export const put = defineAction({
  name: 'put',
  request: v.strictObject({
    /** Absolute, or from the home folder of the agent's user. */
    to: text(4096),
    /** What each source is called at the end of its path. */
    names: v.pipe(v.array(text(255)), v.minLength(1), v.maxLength(1000)),
    /** `to` must be a folder that is there. */
    into: v.optional(v.literal(true)),
    /** Replace files that are there and differ. */
    force: v.optional(v.literal(true)),
  }),
  input: itemSchema,
  output: replySchema,
  result: totalsSchema,
  needs: () => ({ role: 'operator', rule: 'write' }),
})
