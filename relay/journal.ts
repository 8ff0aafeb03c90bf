// A map kept in an append-only file of JSON lines: a torn last line is forgotten, the file is rewritten when it has grown.
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import * as v from 'valibot'
import { RconsoleError } from '../protocol/errors.ts'
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

  /** Keep `value`; with `sync`, only return once the disk has it. */
  set(key: string, value: T, { sync = false } = {}): void {
    const line = `${JSON.stringify([key, value])}\n`
    if (sync) appendDurably(this.#path, line)
    else appendFileSync(this.#path, line, { mode: 0o600 })
    this.#entries.set(key, value)
    this.#lines++
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

/** Append and wait until the disk has it. */
function appendDurably(path: string, text: string): void {
  const fd = openSync(path, 'a', 0o600)
  try {
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
