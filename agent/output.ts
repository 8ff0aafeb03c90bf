// What a program prints, gathered from its pipes until someone takes it.
import type { Readable } from 'node:stream'
import { KiB, MESSAGE_BYTES, MiB, OUTPUT_BUFFER } from '../protocol/limits.ts'

/** The most one output carries (bytes): a message less room for its header. */
export const OUTPUT_BYTES = MESSAGE_BYTES - 6 * KiB
/** After the program's exit, output is over when none came for this long (ms): something else holds its pipes. */
const QUIET_MS = 250
/** A child left behind that never falls quiet is listened to for this many times QUIET_MS, or this many bytes;
 *  more than the kernel keeps of one pipe (208 KiB), so what the program itself printed is always read. */
const LINGER_LOOKS = 8
const LINGER_BYTES = 4 * MiB

export interface Chunk<Fd extends number> {
  readonly fd: Fd
  readonly data: Uint8Array<ArrayBuffer>
}

/**
 * Iterate it once. One step gives all that waits of one descriptor, at most OUTPUT_BYTES; the order in which bytes
 * came is kept. With OUTPUT_BUFFER bytes waiting the pipes are paused, and with them the program.
 */
export class Output<Fd extends number> {
  /** Resolves when the pipes are closed; what was read may still wait to be taken. */
  readonly closed: Promise<void>
  readonly #pipes: readonly Readable[]
  #waiting: Chunk<Fd>[] = []
  #bytes = 0
  #paused = false
  #discarded = false
  #isClosed = false
  #wake: () => void = () => undefined

  #exited = false
  #bytesAfterExit = 0
  #looks = 0

  #left: number
  readonly #exceeded: () => void

  /** After `most.bytes` nothing is kept any more, and `exceeded` is called, once. */
  constructor(
    pipes: readonly { readonly fd: Fd; readonly pipe: Readable }[],
    most: { readonly bytes: number; exceeded(): void } = { bytes: Infinity, exceeded: () => undefined },
  ) {
    this.#left = most.bytes
    this.#exceeded = () => most.exceeded()
    this.#pipes = pipes.map(({ pipe }) => pipe)
    this.closed = this.#whenClosed()
    for (const { fd, pipe } of pipes)
      pipe.on('data', (data: Uint8Array<ArrayBuffer>) => this.#keep({ fd, data }))
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Chunk<Fd>, void, void> {
    for (;;) {
      const chunk = this.#take()
      if (chunk) yield chunk
      else if (this.#isClosed || this.#discarded) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** The program has exited: close when its pipes end or, if another process holds them, fall quiet. */
  exited(): void {
    this.#exited = true
    if (!this.#isClosed) this.#look()
  }

  /** Nobody will take what is printed: read on, so that the program is never blocked, and forget it. */
  discard(): void {
    this.#discarded = true
    this.#waiting = []
    this.#bytes = 0
    this.#resume()
    this.#wake()
  }

  close(): void {
    for (const pipe of this.#pipes) pipe.destroy()
  }

  #keep(chunk: Chunk<Fd>): void {
    if (this.#exited) this.#bytesAfterExit += chunk.data.length
    if (this.#bytesAfterExit > LINGER_BYTES) this.close()
    const isOver = this.#left < chunk.data.length
    if (isOver && this.#left >= 0) this.#exceeded()
    const data = isOver ? chunk.data.subarray(0, Math.max(0, this.#left)) : chunk.data
    this.#left = isOver ? -1 : this.#left - data.length
    if (this.#discarded || data.length === 0) return
    this.#waiting.push({ ...chunk, data })
    this.#bytes += data.length
    if (this.#bytes >= OUTPUT_BUFFER) this.#pause()
    this.#wake()
  }

  #take(): Chunk<Fd> | undefined {
    const [first] = this.#waiting
    if (!first) return undefined
    let bytes = 0
    let count = 0
    for (const { fd, data } of this.#waiting) {
      // One read of a pipe is at most 64 KiB, so the first always fits.
      if (fd !== first.fd || (count > 0 && bytes + data.length > OUTPUT_BYTES)) break
      bytes += data.length
      count += 1
    }
    const taken = this.#waiting.splice(0, count)
    this.#bytes -= bytes
    if (this.#bytes < OUTPUT_BUFFER) this.#resume()
    if (count === 1) return first
    return {
      fd: first.fd,
      data: Buffer.concat(
        taken.map(({ data }) => data),
        bytes,
      ),
    }
  }

  #pause(): void {
    this.#paused = true
    for (const pipe of this.#pipes) pipe.pause()
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    for (const pipe of this.#pipes) pipe.resume()
  }

  #look(): void {
    const bytes = this.#bytesAfterExit
    const wasPaused = this.#paused
    const timer = setTimeout(() => {
      // One turn of reading first: after a long computation the timer is due before bytes that came in time.
      setImmediate(() => {
        if (this.#isClosed) return
        // A slow console is no reason to lose what the program printed.
        if (wasPaused || this.#paused) return this.#look()
        this.#looks += 1
        if (this.#bytesAfterExit === bytes || this.#looks >= LINGER_LOOKS) return this.close()
        this.#look()
      })
    }, QUIET_MS)
    void this.closed.then(() => clearTimeout(timer))
  }

  async #whenClosed(): Promise<void> {
    await Promise.all(this.#pipes.map(whenClosed))
    this.#isClosed = true
    this.#wake()
  }
}

function whenClosed(pipe: Readable): Promise<void> {
  return new Promise((resolve) => {
    pipe.once('close', () => resolve())
    // EIO is how a terminal ends; any other failure ends a pipe just as well, and 'close' follows it.
    pipe.on('error', () => undefined)
  })
}
