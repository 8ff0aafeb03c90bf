// Action `disks`: filesystems with their room, as df has them, and the devices below.
import * as v from 'valibot'
import { amount, defineAction, nothing, text } from '../action.ts'
import { filesystem } from './metrics.ts'

const short = text(256)

export const disks = defineAction({
  name: 'disks',
  request: v.strictObject({}),
  input: nothing,
  output: nothing,
  result: v.strictObject({
    filesystems: v.pipe(v.array(filesystem), v.maxLength(1024)),
    devices: v.pipe(
      v.array(
        v.strictObject({
          name: short,
          kind: v.picklist(['disk', 'part']),
          /** Bytes. */
          size: amount,
          model: short,
          /** Spins: not an SSD. */
          rotates: v.boolean(),
          readonly: v.boolean(),
        }),
      ),
      v.maxLength(1024),
    ),
  }),
  needs: () => ({ role: 'viewer', rule: 'facts' }),
})
