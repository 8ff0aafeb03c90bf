// Prekeys: X25519 keys in memory only, renewed every hour, each with the ephemeral keys it has seen: no replay, no clock.
import { type DhPair, dhPair } from '../protocol/aead.ts'
import type { Bytes } from '../protocol/bytes.ts'
import { hear, type HeardHello } from '../protocol/handshake.ts'
import { PREKEY_MS, PREKEY_OVERLAP_MS } from '../protocol/limits.ts'

/** A prekey that has opened this many hellos is renewed early, which bounds what it remembers. */
const MOST_SEEN = 65_536

interface Prekey {
  readonly pair: DhPair
  readonly seen: Set<string>
  /** Monotonic (ms). */
  readonly made: number
}

export class Prekeys {
  readonly #fleet: string
  readonly #agent: string
  #current = makePrekey()
  #previous: { readonly prekey: Prekey; readonly until: number } | undefined

  constructor(fleet: string, agentKey: string) {
    this.#fleet = fleet
    this.#agent = agentKey
  }

  get public(): Bytes {
    return this.#current.pair.public
  }

  /** Milliseconds until the current one should be renewed; 0 when it is due. */
  get due(): number {
    if (this.#current.seen.size >= MOST_SEEN) return 0
    return Math.max(0, this.#current.made + PREKEY_MS - performance.now())
  }

  /** Make a new one; the old one still opens hellos that are under way. */
  renew(): void {
    this.#previous = { prekey: this.#current, until: performance.now() + PREKEY_OVERLAP_MS }
    this.#current = makePrekey()
  }

  /** Forget everything: what was sealed to the old ones can never be opened again. */
  drop(): void {
    this.#previous = undefined
    this.#current = makePrekey()
  }

  /** A hello sealed to one of them; `remember` it once it is believed: false when it was seen before. */
  open(message: Uint8Array): { hello: HeardHello; isNew: () => boolean; remember: () => void } | undefined {
    for (const { pair, seen } of this.#live()) {
      const hello = hear(this.#fleet, this.#agent, pair, message)
      if (hello !== undefined) {
        const { ephemeral } = hello
        return { hello, isNew: () => !seen.has(ephemeral), remember: () => void seen.add(ephemeral) }
      }
    }
    return undefined
  }

  #live(): Prekey[] {
    if (this.#previous !== undefined && performance.now() > this.#previous.until) this.#previous = undefined
    return this.#previous === undefined ? [this.#current] : [this.#current, this.#previous.prekey]
  }
}

function makePrekey(): Prekey {
  return { pair: dhPair(), seen: new Set(), made: performance.now() }
}
