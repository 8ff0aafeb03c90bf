// Action `net`: TCP and UDP sockets, listening and connected, with the processes that hold them.
import * as v from 'valibot'
import { amount, defineAction, nothing, pid, text, whole } from '../action.ts'

/** The most that one answer names; the totals count them all. */
export const MOST_SOCKETS = 10_000

const port = whole(0, 65_535)

const socket = v.strictObject({
  protocol: v.picklist(['tcp', 'udp']),
  /** The words of ss: LISTEN, ESTAB, TIME-WAIT, UNCONN … */
  state: text(32),
  local: v.strictObject({ address: text(64), port }),
  remote: v.strictObject({ address: text(64), port }),
  user: text(256),
  /** One that holds it; absent when it is not the agent's to see, or nobody's any more. */
  process: v.optional(v.strictObject({ pid, name: text(256) })),
})

export const net = defineAction({
  name: 'net',
  request: v.strictObject({ show: v.picklist(['all', 'listening', 'connected']) }),
  input: nothing,
  /** Parts of the list. */
  output: v.pipe(v.array(socket), v.maxLength(MOST_SOCKETS)),
  result: v.strictObject({ all: amount, listening: amount, connected: amount }),
  needs: () => ({ role: 'viewer', rule: 'facts' }),
})
