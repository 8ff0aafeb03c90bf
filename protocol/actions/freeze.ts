// Action `freeze`: a machine that does nothing any more until an admin thaws it, and that word of the admin.
import * as v from 'valibot'
import { defineAction, nothing, text } from '../action.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

export const freeze = defineAction({
  name: 'freeze',
  /** Both words have no effect on a machine that is so already, and are answered with how it is. */
  request: v.strictObject({
    word: v.picklist(['freeze', 'unfreeze']),
    /** `freeze` only: end the runs, too. */
    killRuns: v.optional(v.boolean()),
  }),
  input: nothing,
  output: nothing,
  result: v.strictObject({
    /** By whom and since when (seconds), while it is frozen. */
    frozen: v.optional(v.strictObject({ by: text(256), at: count })),
    /** Runs of everyone that are under way, or with `killRuns` are ended; shells that hang up. */
    runs: count,
    shells: count,
  }),
  needs: ({ word }) => ({ role: word === 'freeze' ? 'operator' : 'admin', rule: 'freeze' }),
})
