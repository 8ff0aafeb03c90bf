// Bytes: strict base64url, fixed-width integers, joining.
import { InvalidMessage } from './errors.ts'

export type Bytes = Buffer

export const NO_BYTES: Bytes = Buffer.alloc(0)

export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/**
 * The bytes of `text`, which must be the one spelling that they encode to.
 * @throws INVALID_MESSAGE for padding, another alphabet, or loose trailing bits (RFC 4648 §3.5).
 */
export function fromBase64url(text: string, length?: number): Bytes {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new InvalidMessage('expected strict base64url')
  if (length !== undefined && bytes.length !== length) {
    throw new InvalidMessage(`expected ${length} bytes, got ${bytes.length}`)
  }
  return bytes
}

/** `value` as 6 bytes, big-endian: sequence numbers stay below 2^48. */
export function u48(value: number): Bytes {
  const bytes = Buffer.allocUnsafe(6)
  bytes.writeUIntBE(value, 0, 6)
  return bytes
}

/** A view of `bytes` as a Buffer, without a copy. */
export function asBuffer(bytes: Uint8Array): Bytes {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
