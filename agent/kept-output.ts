// The output of one run on the disk: segments named by the place of their first byte, each a row of framed chunks.
import { closeSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { systemCode } from '../protocol/errors.ts'
import { KiB } from '../protocol/limits.ts'
import { OUTPUT_BYTES } from './output.ts'

/** fd(1) | length(3). */
const HEAD_BYTES = 4
/** One read of a segment (bytes): the largest frame fits. */
const BLOCK_BYTES = 256 * KiB
/** A segment is this part of all that is kept: the oldest goes as a whole. */
const SEGMENTS = 8
const LEAST_SEGMENT = 16 * KiB

export interface Piece {
  readonly fd: 1 | 2
  readonly data: Uint8Array
}

interface Segment {
  /** Places of its first byte and of the one after its last. */
  readonly start: number
  end: number
  readonly path: string
}

export class KeptOutput {
  readonly #prefix: string
  readonly #bytes: number
  #segments: Segment[] = []
  #file: FileHandle | undefined
  /** Bytes of the file that is written to. */
  #size = 0

  /** `bytes`: how much is kept; nothing with 0. */
  constructor(prefix: string, bytes: number) {
    this.#prefix = prefix
    this.#bytes = bytes
  }

  /** What an agent that is gone has left, and how much of each descriptor. */
  static found(prefix: string): { kept: KeptOutput; stdout: number; stderr: number } {
    const kept = new KeptOutput(prefix, 0)
    const counts = { 1: 0, 2: 0 }
    for (const start of startsOf(prefix)) {
      const segment = { start, end: start, path: `${prefix}.${start}` }
      measure(segment, counts)
      kept.#segments.push(segment)
    }
    return { kept, stdout: counts[1], stderr: counts[2] }
  }

  get start(): number {
    return this.#segments[0]?.start ?? 0
  }

  get end(): number {
    return this.#segments.at(-1)?.end ?? 0
  }

  /** Bytes that are kept. */
  get window(): number {
    return this.end - this.start
  }

  get keepsNothing(): boolean {
    return this.#bytes === 0
  }

  /** No more goes in before some of the oldest goes out. */
  get isFull(): boolean {
    return this.window >= this.#bytes
  }

  /** Write what begins at the place `at`. @throws what the system says; then nothing of it is there */
  async append(at: number, { fd, data }: Piece): Promise<void> {
    if (this.keepsNothing) return
    const segment = await this.#current(at)
    const head = Buffer.alloc(HEAD_BYTES, fd)
    head.writeUIntBE(data.length, 1, 3)
    const length = HEAD_BYTES + data.length
    try {
      const written = (await this.#file?.writev([head, data]))?.bytesWritten ?? length
      // A disk that is nearly full takes a part, and says at the next byte why.
      if (written < length) await this.#file?.appendFile(Buffer.concat([head, data]).subarray(written))
    } catch (error) {
      await this.#file?.truncate(this.#size)
      throw error
    }
    this.#size += length
    segment.end += data.length
  }

  /** Let the oldest go while too much is kept and all of it is before `floor`. */
  trim(floor: number): void {
    for (let [first] = this.#segments; first !== undefined; [first] = this.#segments) {
      if (this.window <= this.#bytes || this.#segments.length === 1 || first.end > floor) return
      this.#segments.shift()
      rmSync(first.path, { force: true })
    }
  }

  /** Where the first byte at or after `place` is kept; undefined when none is. */
  next(place: number): number | undefined {
    const segment = this.#segments.find(({ end }) => end > place)
    return segment === undefined ? undefined : Math.max(place, segment.start)
  }

  segmentAt(place: number): Segment | undefined {
    return this.#segments.findLast(({ start, end }) => start <= place && place < end)
  }

  /** Nothing more comes. */
  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  async #current(at: number): Promise<Segment> {
    const last = this.#segments.at(-1)
    const most = Math.max(LEAST_SEGMENT, this.#bytes / SEGMENTS)
    if (last !== undefined && this.#file !== undefined && last.end === at && last.end - last.start < most)
      return last
    await this.close()
    const segment = { start: at, end: at, path: `${this.#prefix}.${at}` }
    this.#file = await open(segment.path, 'ax', 0o600)
    this.#size = 0
    this.#segments.push(segment)
    return segment
  }
}

/** Remove all that is kept under `prefix`. */
export function removeKept(prefix: string): void {
  for (const start of startsOf(prefix)) rmSync(`${prefix}.${start}`, { force: true })
}

/** Reads kept output from rising places, each byte of the disk once. */
export class Cursor {
  readonly #kept: KeptOutput
  #segment: Segment | undefined
  #file: FileHandle | undefined
  #block = Buffer.alloc(0)
  /** Of the block's first byte: its place in the file, and in the output. */
  #at = 0
  #place = 0

  constructor(kept: KeptOutput) {
    this.#kept = kept
  }

  /** What is kept from `place` on, of one descriptor and at most OUTPUT_BYTES; undefined when it is not kept. */
  async read(place: number): Promise<Piece | undefined> {
    const segment = this.#kept.segmentAt(place)
    if (segment === undefined || !(await this.#open(segment, place))) return undefined
    for (;;) {
      const found = this.#frames(place)
      if (found !== undefined) return found
      const { length } = this.#block
      if (!(await this.#refill()) || this.#block.length === length) return undefined
    }
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  async #open(segment: Segment, place: number): Promise<boolean> {
    if (this.#segment === segment && this.#place <= place) return true
    await this.close()
    try {
      this.#file = await open(segment.path, 'r')
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
      // It went while we looked: the newest are kept, and are what comes next.
      return false
    }
    this.#segment = segment
    this.#place = segment.start
    this.#at = 0
    this.#block = Buffer.alloc(0)
    return true
  }

  /** Whole frames of the block from `place` on; those before it are passed over. */
  #frames(place: number): Piece | undefined {
    const parts: Uint8Array[] = []
    let fd: 1 | 2 = 1
    let bytes = 0
    for (;;) {
      const frame = frameAt(this.#block, 0)
      if (frame === undefined) break
      const end = this.#place + frame.data.length
      if (end > place) {
        if (bytes > 0 && (frame.fd !== fd || bytes + frame.data.length > OUTPUT_BYTES)) break
        const part = frame.data.subarray(Math.max(0, place - this.#place))
        fd = frame.fd
        parts.push(part)
        bytes += part.length
      }
      this.#place = end
      this.#at += HEAD_BYTES + frame.data.length
      this.#block = this.#block.subarray(HEAD_BYTES + frame.data.length)
    }
    return bytes === 0 ? undefined : { fd, data: Buffer.concat(parts, bytes) }
  }

  async #refill(): Promise<boolean> {
    if (this.#file === undefined) return false
    const block = Buffer.allocUnsafe(BLOCK_BYTES)
    const { bytesRead } = await this.#file.read(block, 0, BLOCK_BYTES, this.#at)
    this.#block = block.subarray(0, bytesRead)
    return bytesRead > 0
  }
}

function frameAt(block: Buffer, at: number): Piece | undefined {
  if (block.length < at + HEAD_BYTES) return undefined
  const start = at + HEAD_BYTES
  const end = start + block.readUIntBE(at + 1, 3)
  if (end > block.length) return undefined
  return { fd: block[at] === 2 ? 2 : 1, data: block.subarray(start, end) }
}

function startsOf(prefix: string): number[] {
  const name = `${basename(prefix)}.`
  return readdirSync(dirname(prefix))
    .filter((one) => one.startsWith(name))
    .map((one) => Number(one.slice(name.length)))
    .filter((start) => Number.isSafeInteger(start))
    .toSorted((a, b) => a - b)
}

/** Go from head to head. What an agent had not written whole when it died is not counted, nor read. */
function measure(segment: Segment, counts: { 1: number; 2: number }): void {
  const { size } = statSync(segment.path)
  const file = openSync(segment.path, 'r')
  const head = Buffer.alloc(HEAD_BYTES)
  try {
    for (let at = 0; at + HEAD_BYTES <= size;) {
      readSync(file, head, 0, HEAD_BYTES, at)
      const length = head.readUIntBE(1, 3)
      at += HEAD_BYTES + length
      if (at > size) return
      segment.end += length
      counts[head[0] === 2 ? 2 : 1] += length
    }
  } finally {
    closeSync(file)
  }
}
