// Action `attach`: what a run has printed, from any place that is kept, then what it prints, and how it ended.
import * as v from 'valibot'
import { defineAction, nothing, text, workId } from '../action.ts'
import { offset, runOutput, runReport } from '../run-report.ts'

export const attach = defineAction({
  name: 'attach',
  request: v.strictObject({
    id: workId,
    /** The key of the operator whose run it is; without it, one's own. */
    operator: v.optional(text(64)),
    /** From here on; beyond the end means from now on. */
    from: offset,
    /** To its end, instead of what there is now. Cancelled while it follows, the run ends. */
    follow: v.boolean(),
  }),
  input: nothing,
  output: runOutput,
  result: runReport,
  needs: ({ operator }) => ({ role: operator === undefined ? 'operator' : 'admin', rule: 'run' }),
})
