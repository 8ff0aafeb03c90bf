// Action `shell`: an interactive shell on a pseudo-terminal, with resizing.
import * as v from 'valibot'
import { chunk, defineAction, duration, environment, text, workId } from '../action.ts'
import { SESSION_GONE_MS } from '../limits.ts'

const cells = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096))

/** The size of a terminal in character cells. */
export const terminalSize = v.strictObject({ cols: cells, rows: cells })

export const shell = defineAction({
  name: 'shell',
  request: v.strictObject({
    id: workId,
    size: terminalSize,
    /** The kind of the operator's terminal, for TERM. */
    term: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._+-]{1,64}$/)),
    /** A shell of the machine by path; its own login shell if absent. */
    shell: v.optional(text(4096)),
    cwd: v.optional(text(4096)),
    env: v.optional(environment),
    grace: v.optional(duration),
  }),
  input: v.union([chunk(0), v.strictObject({ resize: terminalSize })]),
  output: chunk(1),
  result: v.strictObject({
    code: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff))),
    signal: v.nullable(text(16)),
  }),
  needs: () => ({ role: 'operator', rule: 'shell' }),
  grace: (request) => request.grace ?? SESSION_GONE_MS,
})
