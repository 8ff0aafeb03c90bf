// Action `attach`: what a run has printed, from any place that is kept, then what it prints, and how it ended.
import * as v from 'valibot'
import { defineAction, nothing, text, workId } from '../action.ts'
import { RUN_INLINE_BYTES } from '../limits.ts'
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
    /** With `follow`: instead of what is printed, only what it comes to, as for `run`; one's own, from 0. */
    digest: v.optional(
      v.strictObject({
        inline: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(RUN_INLINE_BYTES)),
      }),
    ),
  }),
  input: nothing,
  output: runOutput,
  result: runReport,
  needs: ({ operator }) => ({ role: operator === undefined ? 'operator' : 'admin', rule: 'run' }),
})
