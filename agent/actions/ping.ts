// Serves action `ping`: the agent's clock in milliseconds since 1970.
import { answer } from '../answer.ts'

export const ping = answer<'ping'>(() => ({ now: Date.now() }))
