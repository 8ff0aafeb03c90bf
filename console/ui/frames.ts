// When to paint: many changes, one frame; never more than a terminal takes.
import type { Writable } from 'node:stream'

/** Shortest time between two frames (ms): 30 a second. */
const FRAME_MS = 33

/** Calls `paint` soon after `request`, at most 30 times a second, and not while `stdout` is still full. */
export class Frames {
  readonly #stdout: Writable
  readonly #paint: () => void
  #timer: NodeJS.Timeout | undefined
  #last = -FRAME_MS
  #isWaiting = false
  #isClosed = false

  constructor(stdout: Writable, paint: () => void) {
    this.#stdout = stdout
    this.#paint = paint
  }

  request(): void {
    if (this.#timer !== undefined || this.#isWaiting || this.#isClosed) return
    if (this.#stdout.writableNeedDrain) {
      this.#isWaiting = true
      this.#stdout.once('drain', this.#onDrain)
      return
    }
    const wait = Math.max(0, this.#last + FRAME_MS - performance.now())
    this.#timer = setTimeout(this.#onTime, wait)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#stdout.off('drain', this.#onDrain)
  }

  #onTime = (): void => {
    this.#timer = undefined
    this.#last = performance.now()
    this.#paint()
  }

  #onDrain = (): void => {
    this.#isWaiting = false
    this.request()
  }
}
