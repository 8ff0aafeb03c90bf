// A map kept in an append-only file of JSON lines: a torn last line is forgotten, the file is rewritten when it has grown.
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import * as v from 'valibot'
import { RconsoleError, systemCode, toRconsoleError } from '../protocol/errors.ts'
import { writePrivate } from '../protocol/files.ts'

const lineSchema = v.tuple([v.string(), v.nullable(v.unknown())])
/** Lines beyond twice the entries that may gather before the file is rewritten. */
const SLACK = 1000

export class Journal<T> {
  readonly #path: string
  readonly #entries = new Map<string, T>()
  #lines = 0

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

  /** Keep `value` for good: only returns once the disk has it. @throws HOME, and then nothing has changed */
  set(key: string, value: T): void {
    this.#append(key, value)
    this.#entries.set(key, value)
    this.#compact()
  }

  /** Keep `value` now, and on the disk if it has room. Returns what kept it from there. */
  note(key: string, value: T): RconsoleError | undefined {
    this.#entries.set(key, value)
    try {
      this.#append(key, value, { sync: false })
      this.#compact()
      return undefined
    } catch (error) {
      return toRconsoleError(error)
    }
  }

  #append(key: string, value: T, { sync = true } = {}): void {
    const fd = openSync(this.#path, 'a', 0o600)
    const { size } = fstatSync(fd)
    try {
      writeSync(fd, `${JSON.stringify([key, value])}\n`)
      if (sync) fsyncSync(fd)
      this.#lines++
    } catch (cause) {
      // Half a line would make the whole file unreadable.
      ftruncateSync(fd, size)
      throw new RconsoleError('HOME', `cannot write ${this.#path}: ${systemCode(cause) ?? 'unknown error'}`, {
        cause,
      })
    } finally {
      closeSync(fd)
    }
  }

  #compact(): void {
    if (this.#lines > this.#entries.size * 2 + SLACK) this.#rewrite()
  }

  #load(schema: v.GenericSchema<unknown, T>): void {
    const lines = readFileSync(this.#path, 'utf8').split('\n')
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
  }
}
