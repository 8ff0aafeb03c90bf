// A chain of lines in an append-only file: each names the SHA-256 of the one before, so what was written cannot change unseen.
import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { basename } from 'node:path'
import { toBase64url } from './bytes.ts'
import { RconsoleError, systemCode } from './errors.ts'
import { sha256 } from './keys.ts'
import { KiB } from './limits.ts'

/** The newest line of a chain: its number, from 1, and its hash. 0 and 32 zero bytes before there is one. */
export interface Head {
  readonly n: number
  readonly hash: string
}

export const NO_HEAD: Head = { n: 0, hash: toBase64url(Buffer.alloc(32)) }

/** No line of ours is longer (bytes): what is, is no line of ours. */
const LINE_BYTES = 64 * KiB
const LINE_END = 0x0a
/** Read at once where a line is looked for (bytes). */
const PROBE_BYTES = 16 * KiB

/** The hash by which the next line names this one. */
export function hashLine(line: string): string {
  return toBase64url(sha256(Buffer.from(line)))
}

/**
 * Two files: when `path` would grow beyond `most` bytes it becomes `path.1`, and the one before goes. The chain runs on
 * across them: the first line of a file names the last of the file before.
 */
export class ChainFile {
  readonly #path: string
  readonly #most: number
  /** Bytes of a last line that was never finished, cut off at the start. */
  readonly cut: number
  #fd: number
  #length: number
  #head: Head
  /** The newest line that the disk has for certain. */
  #safe = NO_HEAD
  /** A line was written in part, and could not be taken back yet. */
  #isTorn = false

  /** `numberOf` reads the number of a line, or throws. @throws HOME when the newest line is none of ours */
  constructor(path: string, most: number, numberOf: (line: string) => number) {
    this.#path = path
    this.#most = most
    try {
      this.#fd = openSync(path, 'a+', 0o600)
      const { size } = fstatSync(this.#fd)
      const { line, end } = lastLine(this.#fd, size)
      this.cut = size - end
      if (this.cut > 0) ftruncateSync(this.#fd, end)
      this.#length = end
      this.#head = headOf(line ?? lastLineOf(`${path}.1`), numberOf)
    } catch (cause) {
      const why = systemCode(cause) ?? 'its newest line is not one of ours'
      throw new RconsoleError('HOME', `${path}: ${why}; set it aside, and say so to those who audit it`, {
        cause,
      })
    }
  }

  get head(): Head {
    return this.#head
  }

  /** The newest that was synced: only this one may be told to others, or a power failure would look like tampering. */
  get safe(): Head {
    return this.#safe
  }

  /** Add the line that `make` makes. @throws BUSY when the disk takes nothing: then the chain is as it was */
  append(make: (n: number, prev: string) => string): void {
    const n = this.#head.n + 1
    const line = make(n, this.#head.hash)
    const bytes = Buffer.from(`${line}\n`)
    try {
      if (this.#isTorn) this.#takeBack()
      if (this.#length > 0 && this.#length + bytes.length > this.#most) this.#rotate()
      this.#isTorn = true
      // Not writeSync: on a disk that is nearly full that writes a part and says nothing.
      writeFileSync(this.#fd, bytes)
      this.#isTorn = false
    } catch (cause) {
      if (this.#isTorn) this.#tryTakeBack()
      const why = systemCode(cause) ?? 'unknown error'
      throw new RconsoleError('BUSY', `cannot write ${basename(this.#path)}: ${why}`, { cause })
    }
    this.#length += bytes.length
    this.#head = { n, hash: hashLine(line) }
  }

  /** Wait until the disk has all that was added. @throws BUSY */
  sync(): void {
    if (this.#safe === this.#head) return
    try {
      fsyncSync(this.#fd)
      this.#safe = this.#head
    } catch (cause) {
      const why = systemCode(cause) ?? 'unknown error'
      throw new RconsoleError('BUSY', `cannot write ${basename(this.#path)}: ${why}`, { cause })
    }
  }

  /** The same without stopping the process. @throws a system error */
  async synced(): Promise<void> {
    const head = this.#head
    if (this.#safe === head) return
    await new Promise<void>((resolve, reject) => {
      fsync(this.#fd, (error) => (error === null ? resolve() : reject(error)))
    })
    if (head.n > this.#safe.n) this.#safe = head
  }

  /**
   * All lines as they are on the disk now, oldest first, whoever wrote them. What `isPassed` is left out, and most of it
   * not even read: whoever reads page after page would else read the beginning again for each.
   */
  async *lines(isPassed: (line: string) => boolean = () => false): AsyncGenerator<string, void, void> {
    // Both are opened before either is read: a rotation meanwhile renames a file, and takes none away from us.
    const files = [`${this.#path}.1`, this.#path].filter((path) => existsSync(path))
    const streams = files.map((path) => {
      const fd = openSync(path, 'r')
      return createReadStream(path, { fd, start: startOf(fd, isPassed) })
    })
    try {
      for (const stream of streams) {
        for await (const line of linesOf(stream)) if (!isPassed(line)) yield line
      }
    } finally {
      for (const stream of streams) stream.destroy()
    }
  }

  close(): void {
    closeSync(this.#fd)
  }

  #rotate(): void {
    fsyncSync(this.#fd)
    const next = openSync(`${this.#path}.new`, 'a+', 0o600)
    renameSync(this.#path, `${this.#path}.1`)
    renameSync(`${this.#path}.new`, this.#path)
    closeSync(this.#fd)
    this.#fd = next
    this.#length = 0
  }

  #takeBack(): void {
    ftruncateSync(this.#fd, this.#length)
    this.#isTorn = false
  }

  #tryTakeBack(): void {
    try {
      this.#takeBack()
    } catch {
      // Before the next line it is tried again, and that fails if it must.
    }
  }
}

/**
 * Where a line begins before which all are passed, found by halving: numbers rise from line to line. Where someone else
 * wrote, it may be earlier than it could be, never later than the first that is not passed and stands in order.
 */
function startOf(fd: number, isPassed: (line: string) => boolean): number {
  const block = Buffer.alloc(PROBE_BYTES)
  let [low, high] = [0, fstatSync(fd).size]
  while (high - low > PROBE_BYTES) {
    const middle = Math.floor((low + high) / 2)
    const text = block.subarray(0, readSync(fd, block, 0, PROBE_BYTES, middle))
    const start = text.indexOf(LINE_END) + 1
    const end = text.indexOf(LINE_END, start)
    const isBefore = start > 0 && end > 0 && isPassed(text.toString('utf8', start, end))
    if (isBefore) low = middle + start
    else high = middle
  }
  return low
}

function headOf(line: string | undefined, numberOf: (line: string) => number): Head {
  return line === undefined ? NO_HEAD : { n: numberOf(line), hash: hashLine(line) }
}

/** The last finished line of a file of `size` bytes, and where it ends. */
function lastLine(fd: number, size: number): { line: string | undefined; end: number } {
  const tail = Buffer.alloc(Math.min(size, 2 * LINE_BYTES))
  readSync(fd, tail, 0, tail.length, size - tail.length)
  const last = tail.lastIndexOf(LINE_END)
  const end = size - tail.length + last + 1
  if (last < 0) {
    if (size > tail.length) throw new RangeError('no line of ours is that long')
    return { line: undefined, end: 0 }
  }
  const before = last === 0 ? -1 : tail.lastIndexOf(LINE_END, last - 1)
  return { line: tail.toString('utf8', before + 1, last), end }
}

function lastLineOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  const fd = openSync(path, 'r')
  try {
    return lastLine(fd, fstatSync(fd).size).line
  } finally {
    closeSync(fd)
  }
}

/** Finished lines; one that is too long to be ours is given cut, and so fits nothing. */
async function* linesOf(stream: AsyncIterable<unknown>): AsyncGenerator<string, void, void> {
  let rest = Buffer.alloc(0)
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) continue
    const data = Buffer.concat([rest, chunk])
    let start = 0
    for (let end = data.indexOf(LINE_END); end >= 0; end = data.indexOf(LINE_END, start)) {
      yield data.toString('utf8', start, end)
      start = end + 1
    }
    rest = data.subarray(start)
    if (rest.length > LINE_BYTES) rest = rest.subarray(0, LINE_BYTES)
  }
}
