// Messages larger than one frame: cut on one side, put together, within a bound, on the other.
import type { Bytes } from './bytes.ts'
import { InvalidMessage } from './errors.ts'
import { ASSEMBLED_BYTES, MESSAGE_BYTES } from './limits.ts'

/** First byte of a fragment. A message begins with '{' (JSON) or 0x01 (data), so it is never taken for one. */
const MORE = 0x02
const LAST = 0x03

/** `message` as it travels: itself, or its fragments in order. @throws INVALID_MESSAGE above 2 MiB */
export function* fragments(message: Uint8Array): Generator<Uint8Array> {
  if (message.length <= MESSAGE_BYTES) {
    yield message
    return
  }
  if (message.length > ASSEMBLED_BYTES) {
    throw new InvalidMessage(`expected a message of at most ${ASSEMBLED_BYTES} bytes, got ${message.length}`)
  }
  const room = MESSAGE_BYTES - 1
  for (let start = 0; start < message.length; start += room) {
    const part = message.subarray(start, start + room)
    const fragment = Buffer.allocUnsafe(part.length + 1)
    fragment[0] = start + room < message.length ? MORE : LAST
    fragment.set(part, 1)
    yield fragment
  }
}

export class Assembler {
  #parts: Bytes[] = []
  #bytes = 0

  /** The whole message that `message` is or completes; undefined while parts are missing. @throws INVALID_MESSAGE */
  add(message: Bytes): Bytes | undefined {
    const [kind] = message
    if (kind !== MORE && kind !== LAST) {
      if (this.#parts.length > 0) throw new InvalidMessage('expected the next fragment, got another message')
      return message
    }
    // As `fragments` cuts: without this, empty ones could be kept in any number, and a message had many spellings.
    const isAsCut =
      kind === MORE ? message.length === MESSAGE_BYTES : this.#parts.length > 0 && message.length > 1
    if (!isAsCut) throw new InvalidMessage(`expected a fragment as it is cut, got ${message.length} bytes`)
    this.#bytes += message.length - 1
    if (this.#bytes > ASSEMBLED_BYTES) {
      throw new InvalidMessage(`expected at most ${ASSEMBLED_BYTES} bytes in fragments`)
    }
    this.#parts.push(message.subarray(1))
    if (kind === MORE) return undefined
    const whole = Buffer.concat(this.#parts)
    this.#parts = []
    this.#bytes = 0
    return whole
  }
}
