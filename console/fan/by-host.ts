// Output of many machines as it comes, each line behind the name of its machine.
import { clean, OutputCleaner } from '../../protocol/clean.ts'
import { MiB } from '../../protocol/limits.ts'
import { type Io, write } from '../io.ts'
import type { Entry } from './entry.ts'
import type { Printed } from './groups.ts'

/** Lines that have not ended, together (bytes); one that is longer than its share is cut in two. */
const LINES_BYTES = 16 * MiB
const LEAST_LINE = 1024

export class ByHost {
  readonly #io: Io
  readonly #isRaw: boolean
  readonly #most: number
  readonly #rests = new Map<string, Buffer>()

  constructor(io: Io, isRaw: boolean, machines: number) {
    this.#io = io
    this.#isRaw = isRaw
    this.#most = Math.max(LEAST_LINE, Math.floor(LINES_BYTES / Math.max(1, machines) / 2))
  }

  async printed({ id, name }: Entry, { fd, data }: Printed): Promise<void> {
    const key = `${id}/${fd}`
    const all = Buffer.concat([this.#rests.get(key) ?? Buffer.alloc(0), data])
    const end = all.lastIndexOf(0x0a) + 1
    const cut = end === 0 && all.length > this.#most ? all.length : end
    // A copy: the rest must not keep alive the chunk that it came in.
    if (cut < all.length) this.#rests.set(key, Buffer.from(all.subarray(cut)))
    else this.#rests.delete(key)
    await this.#write(name, fd, all.subarray(0, cut))
  }

  /** What the machine printed without ending the line. */
  async ended({ id, name }: Entry): Promise<void> {
    for (const fd of [1, 2] as const) {
      const rest = this.#rests.get(`${id}/${fd}`)
      this.#rests.delete(`${id}/${fd}`)
      if (rest !== undefined) await this.#write(name, fd, rest)
    }
  }

  async #write(name: string, fd: 1 | 2, lines: Buffer): Promise<void> {
    if (lines.length === 0) return
    const out = fd === 1 ? this.#io.stdout : this.#io.stderr
    const prefix = Buffer.from(`${clean(name)}: `)
    const pieces: Uint8Array[] = []
    for (let start = 0; start < lines.length;) {
      const at = lines.indexOf(0x0a, start)
      const end = at < 0 ? lines.length : at
      pieces.push(prefix, this.#shown(out, lines.subarray(start, end)), NEWLINE)
      start = end + 1
    }
    await write(out, Buffer.concat(pieces), this.#io.signal)
  }

  #shown(out: Io['stdout'], line: Buffer): Uint8Array {
    if (out.isTTY !== true || this.#isRaw) return line
    const cleaner = new OutputCleaner()
    return Buffer.from(cleaner.push(line) + cleaner.end())
  }
}

const NEWLINE = Buffer.from('\n')
