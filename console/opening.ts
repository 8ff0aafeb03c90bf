// The message that opens a stream at an agent, signed by itself unless a hello's signature covers it.
import type { ActionName } from '../protocol/actions/index.ts'
import type { Bytes } from '../protocol/bytes.ts'
import type { Identity } from '../protocol/keys.ts'
import { FIRST_BYTES } from '../protocol/limits.ts'
import { encode, type Message } from '../protocol/messages.ts'
import { signRequest } from '../protocol/request-signature.ts'

export interface Opening {
  readonly s: number
  readonly action: ActionName
  readonly request: string
  readonly by: number
  readonly credit: number
}

/** `ridesInHello`: it will certainly be the first message of the next hello, if it is small enough for one. */
export function opening(
  asked: Opening,
  by: { readonly fleet: string; readonly agentKey: string; readonly operator: Identity },
  ridesInHello: boolean,
): Bytes {
  const bare: Message = { t: 'open', ...asked }
  const unsigned = encode(bare)
  if (ridesInHello && unsigned.length <= FIRST_BYTES) return unsigned
  return encode({ ...bare, sig: signRequest(by.fleet, by.agentKey, by.operator, asked) })
}
