// The ids of runs, shells and orders: chosen by the console, so that asking twice is not doing twice.
import { randomBytes } from 'node:crypto'
import { toBase64url } from '../protocol/bytes.ts'

/** 16 random bytes in base64url, not beginning as a flag does: people type it. */
export function newWorkId(): string {
  const id = toBase64url(randomBytes(16))
  return id.startsWith('-') ? newWorkId() : id
}
