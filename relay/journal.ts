// A map kept in an append-only file of JSON lines: a torn last line is forgotten, the file is rewritten when it has grown.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import * as v from 'valibot'
import { RconsoleError, systemCode } from '../protocol/errors.ts'
import { writePrivate } from '../protocol/files.ts'

const lineSchema = v.tuple([v.string(), v.nullable(v.unknown())])
/** Lines beyond twice the entries that may gather before the file is rewritten. */
const SLACK = 1000

export class Journal<T> {
  readonly #path: string
  readonly #entries = new Map<string, T>()
  #lines = 0
  /** The disk took half a line, or none: what follows must not be appended to it. */
  #isTorn = false

  /** @throws HOME when the file holds something else */
  constructor(path: string, schema: v.GenericSchema<unknown, T>) {
    this.#path = path
    if (existsSync(path)) this.#load(schema)
    this.#rewrite()
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)
  }

  entries(): IterableIterator<[string, T]> {
    return this.#entries.entries()
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * Keep `value`; with `sync`, only once the disk has it.
   * @throws BUSY when the disk takes nothing: without `sync` it is kept in memory and written with what comes next.
   */
  set(key: string, value: T, { sync = false } = {}): void {
    if (!sync) this.#entries.set(key, value)
    try {
      if (this.#isTorn) this.#rewrite()
      append(this.#path, `${JSON.stringify([key, value])}\n`, sync)
    } catch (cause) {
      this.#isTorn = true
      const why = systemCode(cause instanceof RconsoleError ? cause.cause : cause) ?? 'unknown error'
      throw new RconsoleError('BUSY', `the relay cannot write its data just now: ${why}`, { cause })
    }
    this.#entries.set(key, value)
    this.#lines++
    if (this.#lines <= this.#entries.size * 2 + SLACK) return
    try {
      this.#rewrite()
    } catch (error) {
      // Not needed now: the file is whole, only long. Tried again with the next line.
      if (!(error instanceof RconsoleError)) throw error
    }
  }

  #load(schema: v.GenericSchema<unknown, T>): void {
    const lines = readData(this.#path).split('\n')
    // What follows the last newline was not finished when the process died.
    lines.pop()
    for (const [index, line] of lines.entries()) {
      try {
        const [key, value] = v.parse(lineSchema, JSON.parse(line))
        this.#entries.set(key, v.parse(schema, value))
      } catch (cause) {
        throw new RconsoleError('HOME', `${this.#path}:${index + 1}: expected a line written by this relay`, {
          cause,
        })
      }
    }
  }

  #rewrite(): void {
    writePrivate(this.#path, [...this.#entries].map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    this.#lines = this.#entries.size
    this.#isTorn = false
  }
}

/** The text of a file of the data folder. @throws HOME */
export function readData(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new RconsoleError('HOME', `cannot read ${path}: ${systemCode(cause) ?? 'unknown error'}`, { cause })
  }
}

/** Append; with `sync`, wait until the disk has it. */
function append(path: string, text: string, sync: boolean): void {
  const fd = openSync(path, 'a', 0o600)
  try {
    // Not writeSync: on a disk that is nearly full that writes a part and says nothing.
    writeFileSync(fd, text)
    if (sync) fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
