// Noise_NK_25519_AESGCM_SHA256 (noiseprotocol.org revision 34), and nothing of how we use it.
import { Aead, dh, type DhPair, dhPair, hkdf2, TAG_BYTES } from './aead.ts'
import { type Bytes, NO_BYTES } from './bytes.ts'
import { sha256 } from './keys.ts'

/** 28 bytes, so the first hash is the name itself, padded with zeros to 32 (Noise §5.2). */
const NAME = 'Noise_NK_25519_AESGCM_SHA256'
const DH_BYTES = 32

/** The shortest handshake message: an ephemeral key and an empty sealed payload. */
export const NOISE_OVERHEAD = DH_BYTES + TAG_BYTES

/** The two keys of a finished handshake: one for each direction. */
export interface Transport {
  readonly send: Aead
  readonly receive: Aead
}

/** Chaining key, hash and key of a handshake under way (Noise §5.2, SymmetricState). */
class Symmetric {
  hash: Bytes
  #chainingKey: Bytes
  #key: Aead | undefined

  constructor(prologue: Uint8Array, responder: Uint8Array) {
    this.hash = Buffer.alloc(32)
    this.hash.write(NAME, 'latin1')
    this.#chainingKey = this.hash
    this.mixHash(prologue)
    this.mixHash(responder) // NK: the pre-message is the responder's static key
  }

  mixHash(bytes: Uint8Array): void {
    this.hash = sha256(this.hash, bytes)
  }

  mixKey(material: Uint8Array): void {
    const [chainingKey, key] = hkdf2(this.#chainingKey, material)
    this.#chainingKey = chainingKey
    this.#key = new Aead(key)
  }

  /** Each key of NK seals exactly one payload, so the counter is always 0. */
  seal(plain: Uint8Array): Bytes {
    if (this.#key === undefined) throw new TypeError('no key yet')
    const sealed = this.#key.seal(0, plain, this.hash)
    this.mixHash(sealed)
    return sealed
  }

  open(sealed: Uint8Array): Bytes | undefined {
    const plain = this.#key?.open(0, sealed, this.hash)
    if (plain !== undefined) this.mixHash(sealed)
    return plain
  }

  /** A forged answer must leave nothing behind, so it is tried on a copy. */
  copy(): Symmetric {
    const copy = new Symmetric(NO_BYTES, NO_BYTES)
    copy.hash = this.hash
    copy.#chainingKey = this.#chainingKey
    copy.#key = this.#key
    return copy
  }

  split(): readonly [Aead, Aead] {
    const [first, second] = hkdf2(this.#chainingKey, NO_BYTES)
    return [new Aead(first), new Aead(second)]
  }
}

/** The side that speaks first and knows the other's static key (`-> e, es`, then `<- e, ee`). */
export class Initiator {
  readonly #state: Symmetric
  readonly #responder: Uint8Array
  readonly #ephemeral: DhPair

  constructor(prologue: Uint8Array, responder: Uint8Array, ephemeral: DhPair = dhPair()) {
    this.#state = new Symmetric(prologue, responder)
    this.#responder = responder
    this.#ephemeral = ephemeral
  }

  /** First message: 48 bytes longer than its payload, which may depend on the handshake hash so far. */
  hello(payload: (hash: Bytes) => Uint8Array): Bytes {
    this.#state.mixHash(this.#ephemeral.public)
    this.#state.mixKey(dh(this.#ephemeral, this.#responder))
    return Buffer.concat([this.#ephemeral.public, this.#state.seal(payload(this.#state.hash))])
  }

  /** Second message: its payload and the two keys, or undefined unless authentic. Leaves no state behind when it is not. */
  answer(message: Uint8Array): { payload: Bytes; transport: Transport; hash: Bytes } | undefined {
    if (message.length < NOISE_OVERHEAD) return undefined
    const theirs = message.subarray(0, DH_BYTES)
    const state = this.#state.copy()
    state.mixHash(theirs)
    const shared = tryDh(this.#ephemeral, theirs)
    if (shared === undefined) return undefined
    state.mixKey(shared)
    const payload = state.open(message.subarray(DH_BYTES))
    if (payload === undefined) return undefined
    const [send, receive] = state.split()
    return { payload, transport: { send, receive }, hash: state.hash }
  }
}

/** What a responder has read of a first message. */
export interface Heard {
  /** The handshake hash that the payload may have been signed with: before the payload itself was mixed in. */
  readonly hash: Bytes
  /** The initiator's ephemeral key: the same one again is a replay. */
  readonly ephemeral: Bytes
  readonly payload: Bytes
  answer(payload: Uint8Array, ephemeral?: DhPair): { message: Bytes; transport: Transport; hash: Bytes }
}

/** Read a first message sealed to `mine`; undefined unless it was, and is unaltered. */
export function respond(prologue: Uint8Array, mine: DhPair, message: Uint8Array): Heard | undefined {
  if (message.length < NOISE_OVERHEAD) return undefined
  const theirs = Buffer.from(message.subarray(0, DH_BYTES))
  const state = new Symmetric(prologue, mine.public)
  state.mixHash(theirs)
  const shared = tryDh(mine, theirs)
  if (shared === undefined) return undefined
  state.mixKey(shared)
  const hash = state.hash
  const payload = state.open(message.subarray(DH_BYTES))
  if (payload === undefined) return undefined
  return {
    hash,
    ephemeral: theirs,
    payload,
    answer(answer, ephemeral = dhPair()) {
      state.mixHash(ephemeral.public)
      state.mixKey(dh(ephemeral, theirs))
      const sealed = state.seal(answer)
      const [receive, send] = state.split()
      return {
        message: Buffer.concat([ephemeral.public, sealed]),
        transport: { send, receive },
        hash: state.hash,
      }
    },
  }
}

function tryDh(mine: DhPair, theirs: Uint8Array): Bytes | undefined {
  try {
    return dh(mine, theirs)
  } catch {
    // A point of low order: whoever sent it shares no secret with anyone.
    return undefined
  }
}
