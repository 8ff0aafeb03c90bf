// How far copies are, on one line of a terminal, and what they came to.
import { clean } from '../../protocol/clean.ts'
import type { Io } from '../io.ts'
import { formatBytes } from '../units.ts'

/** Drawn at most this often (ms). */
const DRAW_MS = 200

export class Progress {
  readonly #io: Io
  readonly #machines: number
  readonly #started = performance.now()
  #drawn = 0
  #isShown = false
  #bytes = 0
  #finished = 0

  constructor(io: Io, machines: number) {
    this.#io = io
    this.#machines = machines
  }

  add(bytes: number, machine: string, name: string): void {
    this.#bytes += bytes
    const now = performance.now()
    if (this.#io.stderr.isTTY !== true || now - this.#drawn < DRAW_MS) return
    this.#drawn = now
    const seconds = (now - this.#started) / 1000
    const rate = `${formatBytes(this.#bytes)}, ${formatBytes(Math.round(this.#bytes / seconds))}/s`
    const of = this.#machines === 1 ? '' : `, ${this.#finished} of ${this.#machines} machines done`
    const line = `${rate}${of}, ${machine} ${name}`
    this.#io.stderr.write(`\r\u001b[K${clean(line).slice(0, 78)}`)
    this.#isShown = true
  }

  finish(): void {
    this.#finished++
  }

  /** Before anything else is said. */
  clear(): void {
    if (this.#isShown) this.#io.stderr.write('\r\u001b[K')
    this.#isShown = false
  }
}
