// The agent's own log on its machine: who asked for what and how it ended, in two files of bounded size.
import { appendFileSync, renameSync, statSync } from 'node:fs'
import { systemCode } from '../protocol/errors.ts'
import { MiB } from '../protocol/limits.ts'

/** A file is set aside when it has grown beyond this (bytes); the one set aside before goes. */
const MOST_BYTES = 16 * MiB

export class LocalLog {
  readonly #path: string
  #bytes: number

  constructor(path: string) {
    this.#path = path
    this.#bytes = sizeOf(path)
  }

  /** Append one line of JSON. A disk that is full, or gone, must not take the agent with it. */
  write(line: string): void {
    try {
      if (this.#bytes > MOST_BYTES) this.#rotate()
      appendFileSync(this.#path, line, { mode: 0o600 })
      this.#bytes += Buffer.byteLength(line)
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      // The same line also goes to stderr, where the service manager keeps it.
    }
  }

  #rotate(): void {
    renameSync(this.#path, `${this.#path}.1`)
    this.#bytes = 0
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    // Not there yet.
    return 0
  }
}
