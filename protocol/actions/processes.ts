// Action `processes`: what runs on a machine, the first N by some key; once, or again each tick.
import * as v from 'valibot'
import { amount, defineAction, nothing, pid, text, whole } from '../action.ts'
import { LEAST_TICK_MS } from './metrics.ts'

/** What the first N are first by. */
export const PROCESS_KEYS = ['cpu', 'memory', 'pid'] as const
/** The most that one answer names; the totals count them all. */
export const MOST_PROCESSES = 10_000

const process = v.strictObject({
  pid,
  /** The process that started it; 0 has none. */
  ppid: whole(0, 2 ** 31),
  /** Clock ticks from the machine's start to its own: with the pid it names this process and no later one. */
  start: whole(0, 2 ** 53),
  /** Its age (s). */
  age: amount,
  /** Name of its effective user, or the number of one without a name. */
  user: text(256),
  /** The letter of ps: R running, S sleeping, D waiting for a device, Z dead and not reaped, T stopped, I idle. */
  state: text(4),
  /** Percent of one core: since the value before, in a first one over a quarter of a second. */
  cpu: amount,
  /** Seconds of processor used in all. */
  time: amount,
  /** Memory in use (bytes). */
  rss: amount,
  threads: whole(0, 2 ** 31),
  /** The kernel's name for it, at most 15 bytes; with `args`, what it was started with. */
  name: text(256),
  args: v.optional(text(8192)),
})

export const processes = defineAction({
  name: 'processes',
  request: v.strictObject({
    sort: v.picklist(PROCESS_KEYS),
    limit: whole(1, MOST_PROCESSES),
    /** Only those whose name, user or arguments (if asked for) contain this; case does not matter. */
    filter: v.optional(text(256)),
    /** Only this one. */
    pid: v.optional(pid),
    /** The arguments, too, and of each at most so many bytes. */
    args: v.optional(whole(1, 4096)),
    /** Again each so many ms; without it, once. */
    every: v.optional(whole(LEAST_TICK_MS, 3_600_000)),
  }),
  input: nothing,
  /** A listing comes in parts; the last of them has the totals. */
  output: v.strictObject({
    processes: v.pipe(v.array(process), v.maxLength(MOST_PROCESSES)),
    total: v.optional(
      v.strictObject({
        all: amount,
        /** How many passed the filter, before the limit. */
        matched: amount,
        threads: amount,
        running: amount,
        stopped: amount,
        zombie: amount,
      }),
    ),
  }),
  result: v.strictObject({}),
  // Names are what `ls /proc` shows. Arguments hold passwords more often than they should.
  needs: ({ args }) => ({ role: args === undefined ? 'viewer' : 'operator', rule: 'facts' }),
})
