// What an agent says of a run: its state, its exit, its output in numbers. One closed list of states for every page.
import * as v from 'valibot'
import { chunk, text } from './action.ts'

/**
 * What an agent can know of a run. `paused`: its output is at the cap and nobody takes it. `interrupted`: the agent
 * ended while it ran. `refused`: it could not be started.
 */
export const RUN_STATES = [
  'started',
  'running',
  'paused',
  'done',
  'timed out',
  'cancelled',
  'interrupted',
  'refused',
] as const
export type RunState = (typeof RUN_STATES)[number]

/** A run in one of these may still change; in any other it is over for good. */
export const UNDER_WAY: ReadonlySet<RunState> = new Set(['started', 'running', 'paused'])

/** The most a machine masks of itself (names and addresses), and the length of one (characters). */
export const OWN_NAMES = 64
export const OWN_NAME_LENGTH = 255

/** Bytes printed, or a place among them: stdout and stderr counted together, from the start. */
export const offset = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))
/** By the agent's clock (ms). */
export const time = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 52))
const digest = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/))

export const exit = {
  /** Exit status, or null when a signal ended it or it has not ended. */
  code: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff))),
  signal: v.nullable(text(16)),
}

export const outputReport = v.strictObject({
  /** Bytes printed. */
  stdout: offset,
  stderr: offset,
  /** As protocol/digest.ts computes it; only once the run is over. */
  digest: v.optional(digest),
  /** The machine's own names and addresses that occurred, and are masked in the digest. */
  masked: v.pipe(v.array(v.pipe(v.string(), v.maxLength(OWN_NAME_LENGTH))), v.maxLength(OWN_NAMES)),
  /** The digest with times and numbers masked too, where it was asked for and there is at most 1 MiB. */
  alike: v.optional(digest),
  /** So many bytes are not kept (any more). */
  dropped: v.optional(offset),
})

/** How a run stands, or how it ended. */
export const runReport = v.strictObject({
  state: v.picklist(RUN_STATES),
  ...exit,
  /** Why it is in this state, if that is not plain. */
  cause: v.optional(text(1000)),
  startedAt: time,
  endedAt: v.optional(time),
  output: outputReport,
})
export type RunReport = v.InferOutput<typeof runReport>

/** What comes of a run while it is followed. */
export const runOutput = v.union([
  chunk(1, 2),
  /** With `digest`, at most every two seconds: how much it has printed and when last, and why it is paused if it is. */
  v.strictObject({
    running: v.strictObject({ at: time, bytes: offset, paused: v.optional(text(200)) }),
  }),
  /** The next chunk comes after so many bytes that are not kept (any more). */
  v.strictObject({ skipped: offset }),
])
