// What an agent remembers of runs: one line each time one changes, on the disk before its program starts.
import { type FileHandle, open } from 'node:fs/promises'
import * as v from 'valibot'
import { ERROR_CODES, RconsoleError, systemCode } from '../protocol/errors.ts'
import { readPrivate, writePrivate } from '../protocol/files.ts'
import { runReport } from '../protocol/run-report.ts'

/** Lines beyond twice those that count, before the file is written anew. */
const SPARE_LINES = 4096

const recordSchema = v.object({
  /** SHA-256 of the operator's key and the run's id. */
  key: v.string(),
  /** SHA-256 of the request: the same id with another one is refused. */
  hash: v.string(),
  /** When it was begun or ended, by this machine's clock (ms). */
  at: v.number(),
  /** Undefined once its result is not kept any more. */
  run: v.optional(
    v.object({
      id: v.string(),
      operator: v.object({ name: v.string(), key: v.string() }),
      command: v.string(),
      keep: v.object({ bytes: v.number(), ring: v.optional(v.boolean()) }),
      report: runReport,
      /** When it printed last (ms). */
      lastAt: v.optional(v.number()),
      acknowledged: v.optional(v.boolean()),
      /** Why it could not be started. */
      refusal: v.optional(v.object({ code: v.picklist(ERROR_CODES), message: v.string() })),
    }),
  ),
})
export type RunRecord = v.InferOutput<typeof recordSchema>

interface Waiting {
  readonly line: string
  readonly isSynced: boolean
  readonly resolve: () => void
  readonly reject: (error: RconsoleError) => void
}

export class RunJournal {
  /** The newest record of each key. */
  readonly records = new Map<string, RunRecord>()
  readonly #path: string
  #file: FileHandle | undefined
  #size = 0
  #lines = 0
  #waiting: Waiting[] = []
  #isWriting = false

  /** @throws HOME when it cannot be read, or is damaged anywhere but at its end */
  constructor(path: string) {
    this.#path = path
    // What follows the last end of a line was never said to be on the disk.
    const lines = (readPrivate(path) ?? '').split('\n').slice(0, -1)
    for (const [index, line] of lines.entries()) {
      const record = parse(line)
      if (record === undefined) {
        throw new RconsoleError(
          'HOME',
          `${path} is damaged in line ${index + 1}: it keeps commands from running twice; restore it, or remove it when none is still on its way`,
        )
      }
      this.records.set(record.key, record)
    }
  }

  /** Put `record` in the place of what was known of it; with `isSynced`, resolves once it is on the disk. @throws DISK_FULL */
  async put(record: RunRecord, isSynced: boolean): Promise<void> {
    this.records.set(record.key, record)
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ line: `${JSON.stringify(record)}\n`, isSynced, resolve, reject })
      if (!this.#isWriting) void this.#write()
    })
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  /** All that waits goes in one write and one sync, again and again until nothing waits. */
  async #write(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#append(batch)
        for (const { resolve } of batch) resolve()
      } catch (cause) {
        for (const { reject } of batch) reject(diskError(this.#path, cause))
      }
    }
    this.#isWriting = false
  }

  async #append(batch: readonly Waiting[]): Promise<void> {
    const file = await this.#opened()
    const text = batch.map(({ line }) => line).join('')
    try {
      await file.appendFile(text)
      if (batch.some(({ isSynced }) => isSynced)) await file.datasync()
    } catch (error) {
      // Half a line would make one with the next.
      await file.truncate(this.#size)
      throw error
    }
    this.#size += Buffer.byteLength(text)
    this.#lines += batch.length
  }

  async #opened(): Promise<FileHandle> {
    const isLong = this.#lines > 2 * this.records.size + SPARE_LINES
    if (this.#file !== undefined && !isLong) return this.#file
    await this.close()
    const text = [...this.records.values()].map((record) => `${JSON.stringify(record)}\n`).join('')
    writePrivate(this.#path, text)
    this.#size = Buffer.byteLength(text)
    this.#lines = this.records.size
    this.#file = await open(this.#path, 'a', 0o600)
    return this.#file
  }
}

/** As one of ours, by what the system calls it. */
export function diskError(path: string, cause: unknown): RconsoleError {
  if (cause instanceof RconsoleError && !isFull(cause.cause)) return cause
  const code = systemCode(cause) ?? systemCode(cause instanceof Error ? cause.cause : undefined)
  return new RconsoleError(
    'DISK_FULL',
    `this machine cannot keep a run (${code ?? 'unknown error'} at ${path}): nothing was run; make room on its disk`,
    { cause },
  )
}

/** Whether the disk, a quota or a limit of the process has no room. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(systemCode(error) ?? '')
}

function parse(line: string): RunRecord | undefined {
  try {
    const parsed = v.safeParse(recordSchema, JSON.parse(line))
    return parsed.success ? parsed.output : undefined
  } catch {
    // Not JSON: the caller says which line.
    return undefined
  }
}
