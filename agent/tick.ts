// Waiting for the next tick of something that is measured again and again.
import { setTimeout as delay } from 'node:timers/promises'

/** Between the first two readings (ms): 25 ticks of the kernel's clock for each core, and no long wait for a person. */
export const FIRST_MS = 250

/** Ends of ticks: the first soon, then each `every` ms. One that was missed, for want of credit, is skipped. */
export class Ticks {
  readonly #every: number
  readonly #signal: AbortSignal
  #due = performance.now() + FIRST_MS

  constructor(every: number, signal: AbortSignal) {
    this.#every = every
    this.#signal = signal
  }

  /** Resolves at the end of this tick. @throws what ended the stream */
  async next(): Promise<void> {
    await pause(this.#due - performance.now(), this.#signal)
    this.#due += this.#every * Math.max(1, Math.ceil((performance.now() - this.#due) / this.#every))
  }
}

/** Wait `ms`. @throws what ended the stream, not the AbortError around it */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, ms), undefined, { signal }).catch(() => signal.throwIfAborted())
}
