// What a relay may say no to: who is admitted and what it keeps. Of machines and runs its word is worth nothing.
import { type ErrorCode, RconsoleError } from './errors.ts'

const OF_A_RELAY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'REFUSED',
  'BUSY',
  'BAD_SIGNATURE',
  'UNKNOWN_OPERATOR',
  'EXPIRED',
  'OTHER_FLEET',
  'PROTOCOL_VERSION',
  'INVALID_MESSAGE',
  'NOT_FOUND',
  'TOKEN',
  'TOKEN_EXPIRED',
  'TOKEN_USED',
  'TOO_BIG',
])

/** A relay's refusal, said to be one: no code or line of it passes for the word of a machine. */
export function relayRefusal(code: ErrorCode, message: string): RconsoleError {
  return new RconsoleError(OF_A_RELAY.has(code) ? code : 'REFUSED', `the relay refuses: ${message}`)
}
