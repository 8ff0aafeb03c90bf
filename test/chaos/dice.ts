// Decisions drawn from a seed: the same label gives the same numbers, whatever else happens at the time.
import { createHash } from 'node:crypto'

/** sfc32, seeded by the hash of a label. */
export class Dice {
  readonly #state: Uint32Array

  constructor(label: string) {
    const hash = createHash('sha256').update(label).digest()
    this.#state = new Uint32Array([0, 4, 8, 12].map((at) => hash.readUInt32LE(at)))
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state
    const t = (a + b + d) | 0
    this.#state.set([b ^ (b >>> 9), (c + (c << 3)) | 0, (((c << 21) | (c >>> 11)) + t) | 0, (d + 1) | 0])
    return (t >>> 0) / 2 ** 32
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One of `list`; undefined when it is empty. */
  one<T>(list: readonly T[]): T | undefined {
    return list[this.between(0, list.length - 1)]
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.between(0, 255)))
  }
}
