// The ids of runs, shells and orders: chosen by the console, so that asking twice is not doing twice.
import { randomBytes } from 'node:crypto'
import { toBase64url } from '../protocol/bytes.ts'

/** 16 random bytes in base64url. */
export function newWorkId(): string {
  return toBase64url(randomBytes(16))
}
