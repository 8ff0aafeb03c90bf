// AES-256-GCM with a counter for a nonce, and the X25519 and HKDF that make its keys: what hides the content.
import * as crypto from 'node:crypto'
import { type Bytes, NO_BYTES, toBase64url } from './bytes.ts'

/** An X25519 key pair; only ever in memory. */
export interface DhPair {
  readonly public: Bytes
  readonly privateKey: crypto.KeyObject
}

export const TAG_BYTES = 16

/** PKCS#8 header of an X25519 seed (RFC 8410 §7). */
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex')

/** The u-coordinates of low order, canonical and not, without their top bit: RFC 7748 §6.1 and §5. */
const LOW_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** Whether a secret shared with `u` (32 bytes) would be zero. The key of whoever means harm, not of an accident. */
export function isLowOrder(u: Uint8Array): boolean {
  const bytes = Buffer.from(u)
  bytes[31] = (bytes[31] ?? 0) & 0x7f
  return LOW_ORDER.has(bytes.toString('hex'))
}

/** An X25519 pair from a 32-byte seed, or a new one. */
export function dhPair(seed: Uint8Array = crypto.randomBytes(32)): DhPair {
  const privateKey = crypto.createPrivateKey({
    key: Buffer.concat([PKCS8_X25519, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const { x } = crypto.createPublicKey(privateKey).export({ format: 'jwk' })
  if (x === undefined) throw new TypeError('an X25519 key without a public half')
  return { public: Buffer.from(x, 'base64url'), privateKey }
}

/** X25519. @throws for a point of low order (RFC 7748 §6.1: OpenSSL refuses the all-zero result). */
export function dh(mine: DhPair, theirs: Uint8Array): Bytes {
  const publicKey = crypto.createPublicKey({
    key: { kty: 'OKP', crv: 'X25519', x: toBase64url(theirs) },
    format: 'jwk',
  })
  return crypto.diffieHellman({ privateKey: mine.privateKey, publicKey })
}

/** HKDF with two outputs of 32 bytes (Noise §4.3). */
export function hkdf2(chainingKey: Uint8Array, material: Uint8Array): readonly [Bytes, Bytes] {
  const out = Buffer.from(crypto.hkdfSync('sha256', material, chainingKey, NO_BYTES, 64))
  return [out.subarray(0, 32), out.subarray(32)]
}

/** One key in one direction. The nonce is 0^4 | counter(8), Noise's "AESGCM"; the caller never uses a counter twice. */
export class Aead {
  // A KeyObject: a Buffer as key costs three times as much on Node 24 (measured).
  readonly #key: crypto.KeyObject
  readonly #nonce = Buffer.alloc(12)

  constructor(key: Uint8Array) {
    this.#key = crypto.createSecretKey(key)
  }

  /** `plain` sealed under `counter` (below 2^48): 16 bytes longer. */
  seal(counter: number, plain: Uint8Array, associated: Uint8Array = NO_BYTES): Bytes {
    return this.sealParts(counter, { plain: [plain], associated })
  }

  /** The same for what lies in parts, and behind something that goes before it unsealed: large messages are copied once. */
  sealParts(
    counter: number,
    {
      plain,
      associated = NO_BYTES,
      before = [],
    }: { plain: readonly Uint8Array[]; associated?: Uint8Array; before?: readonly Uint8Array[] },
  ): Bytes {
    const cipher = crypto.createCipheriv('aes-256-gcm', this.#key, this.#at(counter)).setAAD(associated)
    const sealed = plain.map((part) => cipher.update(part))
    return Buffer.concat([...before, ...sealed, cipher.final(), cipher.getAuthTag()])
  }

  /** The plain bytes, or undefined unless `sealed` is authentic under `counter`. */
  open(counter: number, sealed: Uint8Array, associated: Uint8Array = NO_BYTES): Bytes | undefined {
    if (sealed.length < TAG_BYTES) return undefined
    const cut = sealed.length - TAG_BYTES
    const decipher = crypto
      .createDecipheriv('aes-256-gcm', this.#key, this.#at(counter), { authTagLength: TAG_BYTES })
      .setAAD(associated)
    decipher.setAuthTag(sealed.subarray(cut))
    const plain = decipher.update(sealed.subarray(0, cut))
    try {
      decipher.final()
    } catch {
      // The tag does not fit: forged or altered, which is an answer and not a failure.
      return undefined
    }
    return plain
  }

  #at(counter: number): Bytes {
    this.#nonce.writeUIntBE(counter, 6, 6)
    return this.#nonce
  }
}
