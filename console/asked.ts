// What this console has asked of machines, and what it was told: to be held against their receipts.
import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { ERROR_CODES, type ErrorCode, RconsoleError, systemCode } from '../protocol/errors.ts'
import { ASKED_FILE_BYTES } from '../protocol/limits.ts'
import { hashSchema, idSchema } from '../protocol/statement.ts'

/** What a conversation says as it asks and is told. */
export interface AskedJournal {
  /** Before it leaves: `hash` is that of the signed request. */
  asked(what: { readonly machine: string; readonly action: string; readonly hash: string }): void
  /** It ended: well, or with this code. */
  told(hash: string, code: ErrorCode | undefined): void
}

const time = v.pipe(v.number(), v.integer(), v.minValue(0))
const lineSchema = v.union([
  v.strictObject({ t: time, hash: hashSchema, machine: idSchema, action: v.string() }),
  v.strictObject({ hash: hashSchema, told: v.picklist(['result', ...ERROR_CODES]) }),
])

/** One request as this console remembers it. */
export interface Asked {
  /** Milliseconds since 1970. */
  readonly t: number
  readonly hash: string
  readonly machine: string
  readonly action: string
  /** Undefined: the console ended before it was told anything. */
  told: 'result' | ErrorCode | undefined
}

export class AskedFile implements AskedJournal {
  readonly #path: string | undefined
  readonly #failed: (error: RconsoleError) => void

  /** Without a folder nothing is kept. `failed`: told when the disk takes nothing; what was to be asked is asked all the same. */
  constructor(folder: string | undefined, failed: (error: RconsoleError) => void) {
    this.#path = folder === undefined ? undefined : join(folder, 'asked.jsonl')
    this.#failed = failed
  }

  asked(what: { readonly machine: string; readonly action: string; readonly hash: string }): void {
    this.#append({ t: Date.now(), ...what })
  }

  told(hash: string, code: ErrorCode | undefined): void {
    this.#append({ hash, told: code ?? 'result' })
  }

  /** By hash; oldest first. */
  read(): Map<string, Asked> {
    const found = new Map<string, Asked>()
    for (const path of this.#path === undefined ? [] : [`${this.#path}.1`, this.#path]) {
      if (!existsSync(path)) continue
      // What follows the last newline was not finished when a console died.
      for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
        const parsed = v.safeParse(lineSchema, readable(line))
        if (!parsed.success) continue
        const entry = parsed.output
        const held = found.get(entry.hash)
        if ('t' in entry) found.set(entry.hash, { ...entry, told: undefined })
        else if (held !== undefined) held.told = entry.told
      }
    }
    return found
  }

  #append(line: object): void {
    if (this.#path === undefined) return
    try {
      if (existsSync(this.#path) && statSync(this.#path).size > ASKED_FILE_BYTES)
        renameSync(this.#path, `${this.#path}.1`)
      appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 })
    } catch (cause) {
      const why = systemCode(cause) ?? 'unknown error'
      this.#failed(
        new RconsoleError('HOME', `cannot write ${this.#path}: ${why}; audit verify will miss this`, {
          cause,
        }),
      )
    }
  }
}

function readable(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // Half a line, or none of ours: it can prove nothing, and what it was about shows as never asked.
    return undefined
  }
}
