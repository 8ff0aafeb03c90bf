// Whether time was lost: the machine slept, its clock was set, or this is a copy of a process that ran on.

/** Wall and monotonic clock this far apart are one of those (ms). */
const PARTED_MS = 5_000

export class Clocks {
  #last = read()

  /** By how much the clocks parted since the last look (ms), if it was much. */
  parted(): number | undefined {
    const before = this.#last
    this.#last = read()
    const parted = this.#last.wall - before.wall - (this.#last.monotonic - before.monotonic)
    return Math.abs(parted) > PARTED_MS ? Math.round(parted) : undefined
  }
}

function read(): { readonly wall: number; readonly monotonic: number } {
  return { wall: Date.now(), monotonic: performance.now() }
}
