// Bytes that look like nothing, the same for the same seed.
import { createHash } from 'node:crypto'

export function noise(bytes: number, seed = 1): Buffer {
  const block = createHash('sha256').update(String(seed)).digest()
  const out = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += 4)
    out.writeUInt32LE((Math.imul(at + seed, 2654435761) ^ block.readUInt32LE(at % 28)) >>> 0, at)
  return out
}
