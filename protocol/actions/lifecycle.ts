// Action `lifecycle`: the three words kill, reset and disconnect, answered before they take effect.
import * as v from 'valibot'
import { defineAction, duration, nothing, workId } from '../action.ts'
import { LIFECYCLE_WORDS } from '../presence.ts'

export const lifecycle = defineAction({
  name: 'lifecycle',
  request: v.strictObject({
    /** Given twice, an order takes effect once and is answered the same. */
    id: workId,
    word: v.picklist(LIFECYCLE_WORDS),
    killRuns: v.optional(v.boolean()),
    /** `disconnect` only: leave the relay and dial in again after this long (ms). */
    for: v.optional(duration),
    /** `reset` only: exit 75, so that the service starts a new version. */
    restart: v.optional(v.boolean()),
  }),
  input: nothing,
  output: nothing,
  result: v.strictObject({
    /** What ends: runs and shells of this operator for `disconnect`, of everyone for the other two. */
    runs: v.pipe(v.number(), v.integer(), v.minValue(0)),
    shells: v.pipe(v.number(), v.integer(), v.minValue(0)),
  }),
  needs: (request) => {
    if (request.word === 'kill') return { role: 'admin', rule: 'kill' }
    const role = request.word === 'disconnect' && request.for === undefined ? 'operator' : 'admin'
    return { role, rule: 'lifecycle' }
  },
})
