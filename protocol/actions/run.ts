// Action `run`: one program, or one line of a shell, with its input, its output and its status.
import * as v from 'valibot'
import { chunk, defineAction, duration, environment, text, workId } from '../action.ts'
import { MiB, SESSION_GONE_MS, TIED_GONE_MS } from '../limits.ts'

/** Which shell reads a line: the machine's own, or the one named by a prefix of the prompt. */
export const SHELLS = ['own', 'sh', 'cmd', 'powershell'] as const
/** The signals a console may send to a run. */
export const SIGNALS = ['INT', 'TERM', 'HUP', 'QUIT', 'USR1', 'USR2', 'KILL'] as const

const argument = text(1 * MiB)
const program = v.union([
  v.strictObject({ argv: v.pipe(v.array(argument), v.minLength(1), v.maxLength(65_536)) }),
  v.strictObject({ line: argument, shell: v.picklist(SHELLS) }),
])

export const run = defineAction({
  name: 'run',
  request: v.strictObject({
    id: workId,
    program,
    cwd: v.optional(text(4096)),
    env: v.optional(environment),
    /** The program and its whole group are ended after this long (ms). */
    timeout: v.optional(duration),
    /** End with the console instead of going on without it. */
    tied: v.optional(v.boolean()),
    grace: v.optional(duration),
  }),
  input: v.union([chunk(0), v.strictObject({ signal: v.picklist(SIGNALS) })]),
  output: chunk(1, 2),
  result: v.strictObject({
    /** Exit status 0 to 255, or null when a signal ended it. */
    code: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff))),
    signal: v.nullable(text(16)),
    /** Why we ended it, if we did. */
    ended: v.optional(v.picklist(['timeout', 'cancelled', 'output'])),
  }),
  needs: ({ program, cwd, env }) => ({
    role: 'operator',
    rule: 'run',
    ...('argv' in program ? { argv: program.argv } : { line: program.line }),
    isPlain: cwd === undefined && env === undefined,
  }),
  grace: (request) => request.grace ?? (request.tied ? TIED_GONE_MS : SESSION_GONE_MS),
})
