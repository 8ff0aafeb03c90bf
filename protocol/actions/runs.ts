// Action `runs`: the runs that a machine knows of, newest first, and how each stands.
import * as v from 'valibot'
import { defineAction, nothing, text, workId } from '../action.ts'
import { COMMAND_BYTES } from '../command-text.ts'
import { exit, offset, RUN_STATES, time } from '../run-report.ts'

const ids = v.pipe(v.array(workId), v.maxLength(256))

export const runs = defineAction({
  name: 'runs',
  request: v.strictObject({
    /** Only these. */
    ids: v.optional(ids),
    limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256)),
    /** Other operators' too. */
    all: v.optional(v.boolean()),
    /** Their results have been taken: they need not be kept beyond a day. */
    acknowledge: v.optional(ids),
  }),
  input: nothing,
  output: nothing,
  result: v.strictObject({
    runs: v.pipe(
      v.array(
        v.strictObject({
          id: workId,
          operator: v.strictObject({ name: text(64), key: text(64) }),
          /** What was run, for people, cut to a length. */
          command: text(COMMAND_BYTES),
          state: v.picklist(RUN_STATES),
          ...exit,
          cause: v.optional(text(1000)),
          startedAt: time,
          endedAt: v.optional(time),
          /** Bytes printed, and when last. */
          bytes: offset,
          lastAt: v.optional(time),
          /** Its result is kept until then, if there is room. */
          keptUntil: v.optional(time),
        }),
      ),
      v.maxLength(256),
    ),
  }),
  needs: ({ all }) => ({ role: all === true ? 'admin' : 'viewer', rule: 'facts' }),
})
