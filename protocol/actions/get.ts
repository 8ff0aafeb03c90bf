// Action `get`: files and folders of the machine, to the console.
import * as v from 'valibot'
import { defineAction, text } from '../action.ts'
import { itemSchema, replySchema } from '../copy/items.ts'

export const get = defineAction({
  name: 'get',
  request: v.strictObject({
    /** Absolute, or from the home folder of the agent's user. */
    paths: v.pipe(v.array(text(4096)), v.minLength(1), v.maxLength(1000)),
    recursive: v.optional(v.literal(true)),
  }),
  input: replySchema,
  output: itemSchema,
  result: v.strictObject({}),
  needs: () => ({ role: 'operator', rule: 'read' }),
})
