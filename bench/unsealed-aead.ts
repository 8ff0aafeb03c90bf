// A seal that seals nothing, of the same length: for measuring what sealing costs. No program that is shipped has it; see p11.ts.
import type { Bytes } from '../protocol/bytes.ts'
import { TAG_BYTES } from '../protocol/aead.ts'

export * from '../protocol/aead.ts'

const TAG = Buffer.alloc(TAG_BYTES)

export class Aead {
  seal(_counter: number, plain: Uint8Array): Bytes {
    return Buffer.concat([plain, TAG])
  }

  sealParts(
    _counter: number,
    { plain, before = [] }: { plain: readonly Uint8Array[]; before?: readonly Uint8Array[] },
  ): Bytes {
    return Buffer.concat([...before, ...plain, TAG])
  }

  open(_counter: number, sealed: Uint8Array): Bytes | undefined {
    if (sealed.length < TAG_BYTES) return undefined
    return Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length - TAG_BYTES)
  }
}
