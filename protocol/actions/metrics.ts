// Action `metrics`: what a machine is doing, one small value a tick: processor, memory, disks, network.
import * as v from 'valibot'
import { amount, defineAction, nothing, text, whole } from '../action.ts'

/** The parts that can be asked for; a list of machines needs the first few, the page of one machine all. */
export const METRICS = ['cpu', 'load', 'memory', 'disks', 'filesystems', 'net', 'uptime'] as const

/** The shortest tick (ms): below it the kernel's own clock, 100 a second, says little about a core. */
export const LEAST_TICK_MS = 500

/** What one value has room for. */
const MOST_CORES = 1024
const MOST_DEVICES = 128

const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100))
const short = text(256)

/** Sizes as df has them (bytes): `available` is what a user may still write, which is less than total - used. */
export const filesystem = v.strictObject({
  mount: text(1024),
  device: text(1024),
  type: text(64),
  /** Absent where it could not be asked: a server that does not answer, say. */
  size: v.optional(v.strictObject({ total: amount, used: amount, available: amount })),
})

export const metrics = defineAction({
  name: 'metrics',
  request: v.strictObject({
    every: whole(LEAST_TICK_MS, 3_600_000),
    /** After this many values it ends; without it, when the console says so. */
    count: v.optional(whole(1, 1_000_000)),
    fields: v.pipe(v.array(v.picklist(METRICS)), v.minLength(1), v.maxLength(METRICS.length)),
  }),
  input: nothing,
  output: v.strictObject({
    /** When it was taken, by the machine's clock (ms), and over how long rates are measured (ms). */
    at: whole(0, 2 ** 52),
    over: v.pipe(v.number(), v.minValue(0)),
    cpu: v.optional(
      v.strictObject({
        /** Percent of all cores; of each core. */
        use: percent,
        cores: v.pipe(v.array(percent), v.maxLength(MOST_CORES)),
        /** Percent waited for disks, and taken by the host of a virtual machine: parts of neither. */
        wait: percent,
        steal: percent,
      }),
    ),
    /** Over 1, 5 and 15 minutes; empty where the system has none. */
    load: v.optional(v.pipe(v.array(v.number()), v.maxLength(3))),
    memory: v.optional(
      v.strictObject({
        total: amount,
        used: amount,
        free: amount,
        available: amount,
        swap: v.strictObject({ total: amount, used: amount }),
      }),
    ),
    /** Bytes a second; `busy`: percent of the time that it had something to do. */
    disks: v.optional(
      v.pipe(
        v.array(v.strictObject({ name: short, read: amount, written: amount, busy: percent })),
        v.maxLength(MOST_DEVICES),
      ),
    ),
    filesystems: v.optional(v.pipe(v.array(filesystem), v.maxLength(MOST_DEVICES))),
    /** Bytes a second, and packets a second that were dropped or damaged. */
    net: v.optional(
      v.pipe(
        v.array(v.strictObject({ name: short, received: amount, sent: amount, faults: amount })),
        v.maxLength(MOST_DEVICES),
      ),
    ),
    /** Seconds since the machine started. */
    uptime: v.optional(amount),
  }),
  result: v.strictObject({}),
  needs: () => ({ role: 'viewer', rule: 'facts' }),
})
