// The digest by which outputs of many machines are equal: the bytes, but for each machine's own names and addresses.
import { createHash, type Hash } from 'node:crypto'
import { isIP } from 'node:net'
import { asBuffer, type Bytes, NO_BYTES, toBase64url } from './bytes.ts'
import { ALIKE_BYTES } from './limits.ts'
import { OWN_NAME_LENGTH, OWN_NAMES } from './run-report.ts'

const SHORTEST_NAME = 3
/** What surrounds a name decides whether it is one; so many bytes do, on either side. */
const AROUND = 2

export interface DigestOptions {
  /** What to mask: a machine's own names and addresses, or those that it says occurred. */
  readonly names: readonly string[]
  readonly alike?: boolean
}

export interface Digested {
  readonly stdout: number
  readonly stderr: number
  readonly digest: string
  /** Those of the names that occurred. */
  readonly masked: string[]
  /** With times and numbers masked too; undefined when it was not asked for, or beyond ALIKE_BYTES. */
  readonly alike: string | undefined
}

/**
 * SHA-256 over length(8) | SHA-256 of stdout | length(8) | SHA-256 of stderr, in base64url, each after masking. Memory is bounded
 * whatever is pushed, and how the bytes are cut into chunks does not matter.
 */
export class OutputDigest {
  readonly #sides: { readonly 1: Side; readonly 2: Side }
  readonly #masker: Masker
  #alike: boolean

  constructor({ names, alike = false }: DigestOptions) {
    this.#masker = new Masker(names)
    this.#alike = alike
    this.#sides = { 1: new Side(this.#masker), 2: new Side(this.#masker) }
  }

  push(fd: 1 | 2, data: Uint8Array): void {
    this.#sides[fd].push(data, this.#alike)
    if (this.#alike && this.#sides[1].bytes + this.#sides[2].bytes > ALIKE_BYTES) {
      this.#alike = false
      this.#sides[1].forget()
      this.#sides[2].forget()
    }
  }

  /** Call it once, after all. */
  end(): Digested {
    const [stdout, stderr] = [this.#sides[1], this.#sides[2]]
    stdout.end(this.#alike)
    stderr.end(this.#alike)
    return {
      stdout: stdout.bytes,
      stderr: stderr.bytes,
      digest: combine(stdout.exact, stderr.exact),
      masked: [...this.#masker.found],
      alike: this.#alike ? combine(stdout.alike(), stderr.alike()) : undefined,
    }
  }
}

interface Half {
  readonly length: number
  readonly hash: Uint8Array
}

/** One descriptor: what has been hashed, and the end of it that may be the beginning of a name. */
class Side {
  bytes = 0
  readonly #masker: Masker
  readonly #hash: Hash = createHash('sha256')
  #length = 0
  #rest: Bytes = NO_BYTES
  /** The characters before `rest`, which decide whether a name begins there. */
  #before = ''
  #kept: Bytes[] = []

  constructor(masker: Masker) {
    this.#masker = masker
  }

  get exact(): Half {
    return { length: this.#length, hash: this.#hash.digest() }
  }

  push(data: Uint8Array, isKept: boolean): void {
    this.bytes += data.length
    const all = this.#rest.length === 0 ? asBuffer(data) : Buffer.concat([this.#rest, data])
    this.#mask(all, this.#masker.reach, isKept)
  }

  end(isKept: boolean): void {
    this.#mask(this.#rest, 0, isKept)
  }

  alike(): Half {
    const text = Buffer.concat(this.#kept).toString('latin1')
    const bytes = Buffer.from(withoutNumbers(text), 'latin1')
    return { length: bytes.length, hash: createHash('sha256').update(bytes).digest() }
  }

  forget(): void {
    this.#kept = []
  }

  /** Hash `bytes` but for the last `reach` of them, which the next ones may belong to. */
  #mask(bytes: Bytes, reach: number, isKept: boolean): void {
    const { masked, taken } = this.#masker.mask(this.#before, bytes, bytes.length - reach)
    const last = bytes.subarray(Math.max(0, taken - AROUND), taken).toString('latin1')
    this.#before = (this.#before + last).slice(-AROUND)
    // A copy: whoever pushed may write over theirs.
    this.#rest = Buffer.from(bytes.subarray(taken))
    this.#length += masked.length
    this.#hash.update(masked)
    if (isKept) this.#kept.push(Buffer.from(masked))
  }
}

/** Finds whole names in bytes, which it reads as characters (latin1). */
class Masker {
  readonly found = new Set<string>()
  /** How far from the end of some bytes something may depend on what follows. */
  readonly reach: number
  readonly #names = new Map<string, string>()
  readonly #needles: readonly Bytes[]
  readonly #pattern: RegExp

  constructor(names: readonly string[]) {
    for (const name of names.slice(0, OWN_NAMES)) {
      if (name.length < SHORTEST_NAME || name.length > OWN_NAME_LENGTH) continue
      this.#names.set(Buffer.from(name).toString('latin1'), name)
    }
    // The longest first: web-1.example.com is not web-1 and something.
    const known = [...this.#names.keys()].toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))
    this.reach = known.length === 0 ? 0 : (known[0]?.length ?? 0) + AROUND
    this.#needles = known.map((name) => Buffer.from(name, 'latin1'))
    this.#pattern = new RegExp(known.map(patternOf).join('|'), 'g')
  }

  /** Mask what begins before `end`; `taken`: how much of `bytes` that was. */
  mask(before: string, bytes: Bytes, end: number): { masked: Bytes; taken: number } {
    if (end <= 0) return { masked: NO_BYTES, taken: 0 }
    // Nearly always, and ten times as fast.
    if (!this.#needles.some((needle) => bytes.includes(needle)))
      return { masked: bytes.subarray(0, end), taken: end }
    const all = before + bytes.toString('latin1')
    const last = before.length + end
    let masked = ''
    let at = before.length
    this.#pattern.lastIndex = at
    for (let hit = this.#pattern.exec(all); hit !== null && hit.index < last; hit = this.#pattern.exec(all)) {
      const name = this.#names.get(hit[0]) ?? ''
      this.found.add(name)
      masked += all.slice(at, hit.index) + placeholder(name)
      at = hit.index + hit[0].length
    }
    const stop = Math.max(at, last)
    return { masked: Buffer.from(masked + all.slice(at, stop), 'latin1'), taken: stop - before.length }
  }
}

/** A name ends where no letter, digit, _ or - follows, nor a dot and one of those (an address: a colon and one of those). */
function patternOf(name: string): string {
  const word = String.raw`[A-Za-z0-9_\-\x80-\xff]`
  const joint = name.includes(':') ? '[.:]' : '[.]'
  const escaped = name.replace(/[\\^$.|?*+()[\]{}/-]/g, String.raw`\$&`)
  return `(?<!${word}|${word}${joint})${name.includes(':') ? '(?<!:)' : ''}${escaped}(?!${joint}?${word})`
}

/** Different for each kind, so that a name in the place of an address is a difference. */
function placeholder(name: string): string {
  if (isIP(name) !== 0) return '\0address\0'
  if (/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(name)) return '\0mac\0'
  return name.includes('.') ? '\0full name\0' : '\0name\0'
}

const DAY_OR_MONTH = /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g
const NUMBER = /[ \t]*\d+(?:[.,:]\d+)*/g

/** Columns of numbers are aligned with spaces: those go with the number. */
function withoutNumbers(text: string): string {
  return text.replace(DAY_OR_MONTH, '#').replace(NUMBER, '#')
}

function combine(stdout: Half, stderr: Half): string {
  const hash = createHash('sha256')
  for (const { length, hash: half } of [stdout, stderr]) {
    const size = Buffer.alloc(8)
    size.writeBigUInt64BE(BigInt(length))
    hash.update(size).update(half)
  }
  return toBase64url(hash.digest())
}
