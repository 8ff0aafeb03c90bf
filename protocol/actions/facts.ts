// Action `facts`: what a machine is: name, system, processor, memory, addresses.
import * as v from 'valibot'
import { defineAction, nothing, text } from '../action.ts'

const bytes = v.pipe(v.number(), v.minValue(0), v.maxValue(2 ** 53))
const short = text(256)

/** The parts that can be asked for; each costs the machine a little, so a console asks for what it shows. */
export const FACTS = ['name', 'os', 'cpu', 'ram', 'ip'] as const

export const facts = defineAction({
  name: 'facts',
  request: v.strictObject({ parts: v.pipe(v.array(v.picklist(FACTS)), v.minLength(1), v.maxLength(5)) }),
  input: nothing,
  output: nothing,
  result: v.strictObject({
    name: v.optional(short),
    os: v.optional(
      v.strictObject({
        /** Distribution or product, and its version: 'Debian GNU/Linux', '12'. */
        product: short,
        version: short,
        kernel: short,
        arch: short,
        /** Seconds since the machine started. */
        uptime: v.pipe(v.number(), v.minValue(0)),
      }),
    ),
    cpu: v.optional(
      v.strictObject({
        model: short,
        cores: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_536)),
        /** Load averages over 1, 5 and 15 minutes; empty where the system has none. */
        load: v.pipe(v.array(v.number()), v.maxLength(3)),
        /** Use now, in percent of all cores. */
        use: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
      }),
    ),
    /** Bytes. `available` is what a new program could have; `used` = total - available, as `free` shows it. */
    ram: v.optional(v.strictObject({ total: bytes, used: bytes, free: bytes, available: bytes })),
    ip: v.optional(
      v.pipe(
        v.array(v.strictObject({ interface: short, address: short, family: v.picklist([4, 6]) })),
        v.maxLength(1024),
      ),
    ),
  }),
  needs: () => ({ role: 'viewer', rule: 'facts' }),
})
