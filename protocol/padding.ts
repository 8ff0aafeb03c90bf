// Padding: a length that tells little. len(3) | message | zeros, to the next Padmé size, at least 64 bytes.
import { asBuffer, type Bytes } from './bytes.ts'
import { InvalidMessage } from './errors.ts'

const LENGTH_BYTES = 3
const FLOOR = 64

/**
 * The size that `length` bytes are padded to: Padmé leaks O(log log n) of the length for at most 12 % more.
 * Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files" (PETS 2019), algorithm 1.
 */
export function paddedSize(length: number): number {
  if (length <= FLOOR) return FLOOR
  const exponent = Math.floor(Math.log2(length))
  const mask = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1)) - 1
  return Math.ceil(length / (mask + 1)) * (mask + 1)
}

/** `head | len(3) | message | zeros`; the head counts towards the size. */
export function pad(head: Uint8Array, message: Uint8Array): Bytes {
  return Buffer.concat(padParts(head, message))
}

/** The same in parts, for whoever copies them anyway. */
export function padParts(head: Uint8Array, message: Uint8Array): readonly [Bytes, Uint8Array, Bytes] {
  const used = head.length + LENGTH_BYTES + message.length
  const front = Buffer.allocUnsafe(head.length + LENGTH_BYTES)
  front.set(head, 0)
  front.writeUIntBE(message.length, head.length, LENGTH_BYTES)
  return [front, message, Buffer.alloc(paddedSize(used) - used)]
}

/** The message after a head of `headBytes`. @throws INVALID_MESSAGE unless it is padded exactly as `pad` does. */
export function unpad(padded: Uint8Array, headBytes: number): Bytes {
  const bytes = asBuffer(padded)
  const start = headBytes + LENGTH_BYTES
  if (bytes.length < start) throw new InvalidMessage('expected a padded message, got too few bytes')
  const end = start + bytes.readUIntBE(headBytes, LENGTH_BYTES)
  if (end > bytes.length || bytes.length !== paddedSize(end)) {
    throw new InvalidMessage('expected a padded message, got another length')
  }
  for (let at = end; at < bytes.length; at++) {
    if (bytes[at] !== 0) throw new InvalidMessage('expected zeros after the message')
  }
  return bytes.subarray(start, end)
}
