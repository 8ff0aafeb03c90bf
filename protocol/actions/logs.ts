// Action `logs`: the last lines of the journal, of one service, or of a file below /var/log; and what is added.
import * as v from 'valibot'
import { chunk, defineAction, duration, nothing, text, whole } from '../action.ts'
import { unit } from './services.ts'

export const MOST_LINES = 10_000

export const logs = defineAction({
  name: 'logs',
  request: v.strictObject({
    /** A whole path below /var/log, or a unit of systemd; the whole journal without either. */
    of: v.optional(
      v.union([v.strictObject({ unit }), v.strictObject({ path: v.pipe(text(4096), v.startsWith('/')) })]),
    ),
    lines: whole(0, MOST_LINES),
    /** Only lines that contain this text; case does not matter. */
    grep: v.optional(v.pipe(text(256), v.minLength(1))),
    /** Only entries at most this old (ms); a file does not know the age of its lines. */
    since: v.optional(duration),
    follow: v.optional(v.boolean()),
  }),
  input: nothing,
  /** Whole lines, as they stand there. */
  output: chunk(1),
  result: v.strictObject({}),
  // What programs write down of themselves and their users is no mere fact.
  needs: () => ({ role: 'operator', rule: 'logs' }),
})
