// A second Noise_NK_25519_AESGCM_SHA256, from the specification (revision 34) and WebCrypto alone: shares nothing with ours.
import { webcrypto } from 'node:crypto'

const { subtle } = webcrypto
type Key = webcrypto.CryptoKey
type Raw = Uint8Array

/** RFC 8410: what precedes the 32 bytes of a private X25519 key in PKCS#8. */
const PKCS8 = hex('302e020100300506032b656e04220420')

export interface KeyPair {
  readonly secret: Key
  readonly open: Raw
}

export function hex(text: string): Raw {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

/** GENERATE_KEYPAIR(), or the pair of a given private key (§4.1). */
export async function keyPair(secret: Raw = webcrypto.getRandomValues(new Uint8Array(32))): Promise<KeyPair> {
  const key = await subtle.importKey('pkcs8', join(PKCS8, secret), { name: 'X25519' }, true, ['deriveBits'])
  const basePoint = new Uint8Array(32).fill(9, 0, 1)
  return { secret: key, open: await dh(key, basePoint) }
}

async function dh(secret: Key, open: Raw): Promise<Raw> {
  const key = await subtle.importKey('raw', open, { name: 'X25519' }, true, [])
  return new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: key }, secret, 256))
}

async function hash(...parts: Raw[]): Promise<Raw> {
  return new Uint8Array(await subtle.digest('SHA-256', join(...parts)))
}

async function hmac(key: Raw, data: Raw): Promise<Raw> {
  const imported = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await subtle.sign('HMAC', imported, data))
}

/** HKDF with two outputs, spelled out as §4.3 spells it. */
async function hkdf(chainingKey: Raw, material: Raw): Promise<[Raw, Raw]> {
  const temporary = await hmac(chainingKey, material)
  const first = await hmac(temporary, Uint8Array.of(1))
  return [first, await hmac(temporary, join(first, Uint8Array.of(2)))]
}

/** CipherState (§5.1); the nonce is 32 bits of zeros and 64 bits of big-endian n (§12.4). */
export class CipherState {
  n = 0n
  readonly #key: Raw

  constructor(key: Raw) {
    this.#key = key
  }

  async encrypt(data: Raw, plain: Raw): Promise<Raw> {
    const key = await subtle.importKey('raw', this.#key, 'AES-GCM', false, ['encrypt'])
    return new Uint8Array(await subtle.encrypt(this.#next(data), key, plain))
  }

  /** @throws OperationError when it is not authentic */
  async decrypt(data: Raw, sealed: Raw): Promise<Raw> {
    const key = await subtle.importKey('raw', this.#key, 'AES-GCM', false, ['decrypt'])
    return new Uint8Array(await subtle.decrypt(this.#next(data), key, sealed))
  }

  #next(additionalData: Raw): { name: string; iv: Raw; additionalData: Raw; tagLength: number } {
    const iv = new Uint8Array(12)
    new DataView(iv.buffer).setBigUint64(4, this.n++)
    return { name: 'AES-GCM', iv, additionalData, tagLength: 128 }
  }
}

/** The whole of NK: `<- s`, then `-> e, es`, `<- e, ee` (§7.4), from either side. */
export class HandshakeState {
  h: Raw
  #ck: Raw
  #cipher: CipherState | undefined

  private constructor(h: Raw) {
    this.h = h
    this.#ck = h
  }

  static async start(prologue: Raw, responderStatic: Raw): Promise<HandshakeState> {
    const name = new TextEncoder().encode('Noise_NK_25519_AESGCM_SHA256')
    const h = new Uint8Array(32)
    h.set(name)
    const state = new HandshakeState(h)
    await state.#mixHash(prologue)
    await state.#mixHash(responderStatic)
    return state
  }

  /** Initiator, first message. `payload` may depend on h after `es`. */
  async writeHello(e: KeyPair, rs: Raw, payload: (h: Raw) => Promise<Raw> | Raw): Promise<Raw> {
    await this.#mixHash(e.open)
    await this.#mixKey(await dh(e.secret, rs))
    return join(e.open, await this.#encryptAndHash(await payload(this.h)))
  }

  /** Responder, first message: the ephemeral, h as it was after `es`, the payload. */
  async readHello(s: KeyPair, message: Raw): Promise<{ re: Raw; h: Raw; payload: Raw }> {
    const re = message.slice(0, 32)
    await this.#mixHash(re)
    await this.#mixKey(await dh(s.secret, re))
    const { h } = this
    return { re, h, payload: await this.#decryptAndHash(message.slice(32)) }
  }

  /** Responder, second message. */
  async writeAnswer(e: KeyPair, re: Raw, payload: Raw): Promise<Raw> {
    await this.#mixHash(e.open)
    await this.#mixKey(await dh(e.secret, re))
    return join(e.open, await this.#encryptAndHash(payload))
  }

  /** Initiator, second message. */
  async readAnswer(e: KeyPair, message: Raw): Promise<Raw> {
    const re = message.slice(0, 32)
    await this.#mixHash(re)
    await this.#mixKey(await dh(e.secret, re))
    return await this.#decryptAndHash(message.slice(32))
  }

  /** Split() (§5.2): initiator to responder, responder to initiator. */
  async split(): Promise<{ there: CipherState; back: CipherState }> {
    const [there, back] = await hkdf(this.#ck, new Uint8Array(0))
    return { there: new CipherState(there), back: new CipherState(back) }
  }

  async #mixHash(data: Raw): Promise<void> {
    this.h = await hash(this.h, data)
  }

  async #mixKey(material: Raw): Promise<void> {
    const [ck, key] = await hkdf(this.#ck, material)
    this.#ck = ck
    this.#cipher = new CipherState(key)
  }

  async #encryptAndHash(plain: Raw): Promise<Raw> {
    const sealed = (await this.#cipher?.encrypt(this.h, plain)) ?? plain
    await this.#mixHash(sealed)
    return sealed
  }

  async #decryptAndHash(sealed: Raw): Promise<Raw> {
    const plain = (await this.#cipher?.decrypt(this.h, sealed)) ?? sealed
    await this.#mixHash(sealed)
    return plain
  }
}

export function join(...parts: Raw[]): Raw {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
