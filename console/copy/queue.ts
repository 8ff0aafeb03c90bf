// Values for a reader that comes for them later; whoever fills it is held back by the protocol, one answer a list.

export class Queue<T> implements AsyncIterableIterator<T> {
  #values: T[] = []
  #isOver = false
  #wake = (): void => undefined

  push(value: T): void {
    this.#values.push(value)
    this.#wake()
  }

  end(): void {
    this.#isOver = true
    this.#wake()
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const value = this.#values.shift()
      if (value !== undefined) return { done: false, value }
      if (this.#isOver) return { done: true, value: undefined }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#values = []
    this.end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
