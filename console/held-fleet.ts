// The fleet document that this console goes by: the newest one that it has seen, kept for the next time.
import { adopt, type Fleet } from '../protocol/fleet.ts'

export class HeldFleet {
  readonly #keep: (fleet: Fleet) => void
  #fleet: Fleet

  /** `keep` writes a newer one down. */
  constructor(fleet: Fleet, keep: (fleet: Fleet) => void) {
    this.#fleet = fleet
    this.#keep = keep
  }

  get fleet(): Fleet {
    return this.#fleet
  }

  /** Take what a relay or an agent offers, if it is newer. Returns whether it was. */
  adopt(jws: string): boolean {
    const before = this.#fleet
    try {
      this.#fleet = adopt(before, before.body.fleet, jws, Math.floor(Date.now() / 1000))
      if (this.#fleet === before) return false
      this.#keep(this.#fleet)
      return true
    } catch {
      // Older: a relay that is behind shows it at each connection. Forged: it says nothing. Newer and not written down: it
      // counts for now, and is learned again the next time.
      return this.#fleet !== before
    }
  }
}
