// Action `ping`: the agent's clock, and with it the sealed round trip.
import * as v from 'valibot'
import { defineAction, nothing } from '../action.ts'

export const ping = defineAction({
  name: 'ping',
  request: v.strictObject({}),
  input: nothing,
  output: nothing,
  result: v.strictObject({ now: v.pipe(v.number(), v.integer()) }),
  needs: () => ({ role: 'viewer', rule: 'facts' }),
})
