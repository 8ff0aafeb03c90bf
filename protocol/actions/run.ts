// Action `run`: one program, or one line of a shell, with its input, its output and its status. It belongs to the agent.
import * as v from 'valibot'
import { chunk, defineAction, duration, environment, text, workId } from '../action.ts'
import { KEEP_MOST_BYTES, MiB, RUN_INLINE_BYTES, SESSION_GONE_MS, TIED_GONE_MS } from '../limits.ts'
import { runOutput, runReport } from '../run-report.ts'

/** Which shell reads a line: the machine's own, or the one named by a prefix of the prompt. */
export const SHELLS = ['own', 'sh', 'cmd', 'powershell'] as const
/** The signals a console may send to a run. */
export const SIGNALS = ['INT', 'TERM', 'HUP', 'QUIT', 'USR1', 'USR2', 'KILL'] as const
/** What the console wants to hear: all that is printed; what it comes to; or that it was started. */
export const REPLIES = ['stream', 'digest', 'state'] as const

const argument = text(1 * MiB)
const program = v.union([
  v.strictObject({ argv: v.pipe(v.array(argument), v.minLength(1), v.maxLength(65_536)) }),
  v.strictObject({ line: argument, shell: v.picklist(SHELLS) }),
])

export const run = defineAction({
  name: 'run',
  request: v.strictObject({
    /** Never run twice: asked again, its state and its kept output are the answer. */
    id: workId,
    program,
    cwd: v.optional(text(4096)),
    env: v.optional(environment),
    /** The program and its whole group are ended after this long (ms). */
    timeout: v.optional(duration),
    /** End with the console instead of going on without it. */
    tied: v.optional(v.boolean()),
    grace: v.optional(duration),
    /** How much of its output the agent keeps; `ring`: the newest, instead of pausing it when nobody takes it. */
    keep: v.optional(
      v.strictObject({
        bytes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(KEEP_MOST_BYTES)),
        ring: v.optional(v.boolean()),
      }),
    ),
    reply: v.optional(v.picklist(REPLIES)),
    /** With `digest`: an output of at most this many bytes comes with the answer. */
    inline: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(RUN_INLINE_BYTES))),
    /** Also compute the digest that masks times and numbers. */
    alike: v.optional(v.boolean()),
  }),
  input: v.union([chunk(0), v.strictObject({ signal: v.picklist(SIGNALS) })]),
  output: runOutput,
  result: runReport,
  needs: ({ program, cwd, env }) => ({
    role: 'operator',
    rule: 'run',
    ...('argv' in program ? { argv: program.argv } : { line: program.line }),
    isPlain: cwd === undefined && env === undefined,
  }),
  grace: (request) => request.grace ?? (request.tied ? TIED_GONE_MS : SESSION_GONE_MS),
})
