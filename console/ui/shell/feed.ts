// What waits to be sent to a shell: typed bytes in order, and only the newest size.
import type { ShellInput, Size } from './remote.ts'

/** More than this, and whoever types waits: a paste of any length is held up in the operator's terminal (bytes). */
const FULL = 256 * 1024
/** What a terminal answers to queries nobody has asked for in good faith beyond this (bytes). */
const ANSWERS = 4 * 1024

export class Feed implements AsyncIterableIterator<ShellInput> {
  readonly #changed: () => void
  #waiting: Uint8Array[] = []
  #bytes = 0
  #size: Size | undefined
  #isEnded = false
  #wake: (() => void) | undefined

  /** `changed`: it became full, or has room again. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  get isFull(): boolean {
    return this.#bytes > FULL
  }

  push(data: Uint8Array): void {
    if (this.#isEnded || data.length === 0) return
    const wasFull = this.isFull
    this.#waiting.push(data)
    this.#bytes += data.length
    if (this.isFull !== wasFull) this.#changed()
    this.#awake()
  }

  /** The answer to a device query; dropped when a program asks without reading. */
  answer(data: Uint8Array): void {
    if (this.#bytes <= ANSWERS) this.push(data)
  }

  resize(size: Size): void {
    this.#size = size
    this.#awake()
  }

  end(): void {
    this.#isEnded = true
    const wasFull = this.isFull
    this.#waiting = []
    this.#bytes = 0
    if (wasFull) this.#changed()
    this.#awake()
  }

  async next(): Promise<IteratorResult<ShellInput, undefined>> {
    for (;;) {
      const size = this.#size
      this.#size = undefined
      if (this.#isEnded) return { done: true, value: undefined }
      if (size !== undefined) return { done: false, value: { resize: size } }
      if (this.#waiting.length > 0) return { done: false, value: { fd: 0, data: this.#take() } }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #take(): Uint8Array<ArrayBuffer> {
    const data = Buffer.concat(this.#waiting)
    const wasFull = this.isFull
    this.#waiting = []
    this.#bytes = 0
    if (wasFull) this.#changed()
    return data
  }

  #awake(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}
