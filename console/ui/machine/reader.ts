// Reads what a machine says for as long as somebody looks, and once more after a failure.

/** After a failure (ms). */
const RETRY_MS = 5_000

export interface ReaderOptions<T> {
  read(signal: AbortSignal): AsyncIterable<T> | Promise<T>
  take(value: T): void
  /** Something is to be painted. */
  readonly changed: () => void
  /** False while the machine is not there: nothing is asked. */
  readonly isThere: () => boolean
}

export class Reader<T> {
  readonly #options: ReaderOptions<T>
  #controller: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #isReading = false
  /** One line on why nothing comes; '' when it does, or when nothing has been asked. */
  failure = ''
  /** Something came since it was opened. */
  hasSome = false

  constructor(options: ReaderOptions<T>) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#controller !== undefined
  }

  get isReading(): boolean {
    return this.#isReading
  }

  open(): void {
    if (this.isOpen) return
    this.#begin()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#controller?.abort()
    this.#controller = undefined
    this.#isReading = false
  }

  /** Ask again, now. */
  again(): void {
    if (!this.isOpen) return
    this.close()
    this.#begin()
  }

  /** The machine came back. */
  wake(): void {
    if (this.isOpen && !this.#isReading && this.failure !== '' && this.#options.isThere()) this.again()
  }

  #begin(): void {
    const controller = new AbortController()
    this.#controller = controller
    if (!this.#options.isThere()) {
      this.failure = 'It is not connected: there is nobody to ask.'
      return
    }
    void this.#read(controller)
  }

  async #read(controller: AbortController): Promise<void> {
    this.#isReading = true
    this.failure = ''
    try {
      const values = this.#options.read(controller.signal)
      if (values instanceof Promise) this.#take(await values, controller)
      else for await (const value of values) this.#take(value, controller)
    } catch (error) {
      if (this.#controller !== controller) return
      this.failure = error instanceof Error ? error.message : String(error)
      this.#timer = setTimeout(() => this.again(), RETRY_MS)
    }
    if (this.#controller !== controller) return
    this.#isReading = false
    this.#options.changed()
  }

  #take(value: T, controller: AbortController): void {
    if (this.#controller !== controller) return
    this.hasSome = true
    this.#options.take(value)
    this.#options.changed()
  }
}
