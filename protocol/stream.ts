// One action inside a session: values both ways, each side held back by what the other has consumed.
import type { Chunk } from './action.ts'
import { InvalidMessage, RconsoleError } from './errors.ts'
import { MESSAGE_BYTES, STREAM_WINDOW } from './limits.ts'
import { encode, encodeData } from './messages.ts'

/** What one value costs beyond its bytes, so that many tiny ones are bounded too (bytes). */
const VALUE_COST = 64
/** Data in one message (bytes): the largest message, less its head. */
const CHUNK_BYTES = MESSAGE_BYTES - 1024
/** Data is not cut into pieces smaller than this to use up the last of a window (bytes). */
const LEAST_PIECE = 512
/** A value that is not bytes cannot be cut, so one may overdraw its credit by this much (bytes). */
const OVERDRAFT = 64 * 1024

type Send = (message: Uint8Array) => void

/** The sending half: waits until the other end has room. */
export class Outlet {
  readonly #id: number
  readonly #send: Send
  #credit = 0
  #waiting: (() => void)[] = []
  #closed: RconsoleError | undefined

  constructor(id: number, send: Send) {
    this.#id = id
    this.#send = send
  }

  grant(bytes: number): void {
    this.#credit += bytes
    this.#awake()
  }

  /** No more can be sent: who waits is told why. */
  close(reason: RconsoleError): void {
    this.#closed ??= reason
    this.#awake()
  }

  /** Resolves once the other end has room: it has taken the request. @throws why the stream was closed */
  async opened(): Promise<void> {
    await this.#room(1)
  }

  /** Send bytes, in as many pieces as the other end has room for. @throws why the stream was closed */
  async data({ fd, data }: Chunk): Promise<void> {
    let start = 0
    while (start < data.length) {
      await this.#room(VALUE_COST + Math.min(data.length - start, LEAST_PIECE))
      const size = Math.min(data.length - start, CHUNK_BYTES, this.#credit - VALUE_COST)
      this.#credit -= size + VALUE_COST
      this.#send(encodeData(this.#id, { fd, data: data.subarray(start, start + size) }))
      start += size
    }
  }

  /** Send one value that is not bytes. @throws why the stream was closed */
  async value(value: unknown): Promise<void> {
    await this.#room(1)
    const message = encode({ t: 'value', s: this.#id, value })
    const cost = message.length + VALUE_COST
    if (cost > OVERDRAFT)
      throw new InvalidMessage(`a value of ${message.length} bytes, at most ${OVERDRAFT - VALUE_COST}`)
    this.#credit -= cost
    this.#send(message)
  }

  async #room(credit: number): Promise<void> {
    while (this.#closed === undefined && this.#credit < credit) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
    if (this.#closed !== undefined) throw this.#closed
  }

  #awake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

interface Waiting {
  readonly value: unknown
  readonly cost: number
}

/** The receiving half: an iterator that gives credit back as it is read. */
export class Inlet implements AsyncIterableIterator<unknown> {
  readonly #id: number
  readonly #send: Send
  readonly #quarter: number
  #granted: number
  #received = 0
  #consumed = 0
  #waiting: Waiting[] = []
  #taken = 0
  #ended: { readonly error?: RconsoleError } | undefined
  #wake: (() => void) | undefined

  /** `window`: what the other end may send ahead (bytes); `granted` if it has been told already. */
  constructor(id: number, send: Send, window: number, isGranted: boolean) {
    this.#id = id
    this.#send = send
    this.#quarter = Math.max(1, Math.floor(window / 4))
    this.#granted = window
    if (!isGranted) send(encode({ t: 'credit', s: id, n: window }))
  }

  /** @throws INVALID_MESSAGE when the other end sends more than it was granted */
  push(value: unknown, bytes: number): void {
    if (this.#ended !== undefined) return
    const cost = bytes + VALUE_COST
    this.#received += cost
    if (this.#received > this.#granted + OVERDRAFT) throw new InvalidMessage('more was sent than was granted')
    this.#waiting.push({ value, cost })
    this.#awake()
  }

  end(error?: RconsoleError): void {
    this.#ended ??= error === undefined ? {} : { error }
    this.#awake()
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    this.#give()
    for (;;) {
      const first = this.#waiting.shift()
      if (first !== undefined) {
        this.#taken = first.cost
        return { done: false, value: first.value }
      }
      if (this.#ended?.error !== undefined) throw this.#ended.error
      if (this.#ended !== undefined) return { done: true, value: undefined }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Nobody reads any more: what waits is dropped and nothing more is granted. */
  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#waiting = []
    this.end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** What was handed out last has been dealt with, or the next would not be asked for. */
  #give(): void {
    this.#consumed += this.#taken
    this.#taken = 0
    if (this.#ended !== undefined || this.#consumed < this.#quarter) return
    const n = Math.min(this.#consumed, STREAM_WINDOW)
    this.#consumed -= n
    this.#granted += n
    this.#send(encode({ t: 'credit', s: this.#id, n }))
  }

  #awake(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}
