// What is typed into a shell, and how large the terminal is: raw keys, less the way out, and resizes in between.
import type { InputOf } from '../protocol/actions/index.ts'
import type { Io } from './io.ts'
import { prefixOf } from './prefix.ts'

/** What a person types ahead while nothing moves; a paste beyond it waits in the terminal (bytes). */
const MOST_WAITING = 1024 * 1024

type Input = InputOf<'shell'>

export class Keyboard implements AsyncIterableIterator<Input> {
  readonly #io: Io
  readonly #leave: () => void
  /** The next key is for us. */
  readonly #prefix: number
  readonly #data: (data: Buffer) => void
  readonly #end: () => void
  readonly #resize: () => void
  #waiting: Buffer[] = []
  #bytes = 0
  /** The newest size that has not been sent. */
  #size: { cols: number; rows: number } | undefined
  #isPrefixed = false
  #isEnded = false
  #wake: (() => void) | undefined

  /** `leave`: the person typed Ctrl-] q. @throws USAGE for a prefix that cannot be one */
  constructor(io: Io, leave: () => void) {
    this.#io = io
    this.#prefix = prefixOf(io.env).byte
    this.#leave = leave
    this.#data = (data) => this.#typed(data)
    this.#end = () => {
      this.#isEnded = true
      this.#awake()
    }
    this.#resize = () => {
      this.#size = sizeOf(io.stdout)
      this.#awake()
    }
    setRaw(io, true)
    io.stdin.on('data', this.#data)
    io.stdin.once('end', this.#end)
    io.stdout.on('resize', this.#resize)
  }

  async next(): Promise<IteratorResult<Input, undefined>> {
    for (;;) {
      const size = this.#size
      this.#size = undefined
      if (size !== undefined) return { done: false, value: { resize: size } }
      if (this.#waiting.length > 0) return { done: false, value: { fd: 0, data: this.#take() } }
      if (this.#isEnded) return { done: true, value: undefined }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Give the terminal back. */
  close(): void {
    const { stdin, stdout } = this.#io
    stdin.off('data', this.#data)
    stdin.off('end', this.#end)
    stdout.off('resize', this.#resize)
    stdin.pause()
    setRaw(this.#io, false)
    this.#end()
  }

  #typed(data: Buffer): void {
    if (this.#io.stdin.isTTY === true) this.#withPrefix(data)
    else this.#push(data)
    if (this.#bytes > MOST_WAITING) this.#io.stdin.pause()
    this.#awake()
  }

  #withPrefix(data: Buffer): void {
    let start = 0
    for (let at = 0; at < data.length; at++) {
      if (this.#isPrefixed) {
        this.#isPrefixed = false
        if (data[at] === 0x71) this.#leave()
        // Only the prefix itself, typed twice, reaches the machine.
        start = data[at] === this.#prefix ? at : at + 1
      } else if (data[at] === this.#prefix) {
        this.#push(data.subarray(start, at))
        this.#isPrefixed = true
        start = at + 1
      }
    }
    if (!this.#isPrefixed) this.#push(data.subarray(start))
  }

  #push(data: Buffer): void {
    if (data.length === 0) return
    this.#waiting.push(data)
    this.#bytes += data.length
  }

  #take(): Buffer {
    const data = Buffer.concat(this.#waiting)
    this.#waiting = []
    if (this.#bytes > MOST_WAITING) this.#io.stdin.resume()
    this.#bytes = 0
    return data
  }

  #awake(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}

/** 80x24 where there is no terminal, as everywhere. */
export function sizeOf({ columns = 80, rows = 24 }: { columns?: number; rows?: number }): {
  cols: number
  rows: number
} {
  return { cols: Math.max(1, columns), rows: Math.max(1, rows) }
}

/** Keys as they are typed, unseen; nothing happens where there is no terminal. */
export function setRaw({ stdin }: Io, isRaw: boolean): void {
  if (stdin.isTTY === true && 'setRawMode' in stdin && typeof stdin.setRawMode === 'function')
    stdin.setRawMode(isRaw)
}
