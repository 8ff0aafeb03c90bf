// The relay's record of who came, who spoke with whom, and who was turned away: ids and sizes, never contents.
import { join } from 'node:path'
import type { Logger } from 'pino'
import * as v from 'valibot'
import {
  AUDIT_LINE_BYTES,
  AUDIT_PAGE,
  type AuditEntry,
  auditEntrySchema,
  type AuditItem,
  type AuditPage,
  type AuditQuery,
  type AuditWord,
} from '../protocol/audit.ts'
import { ChainFile, type Head, hashLine } from '../protocol/chain-file.ts'
import { type ErrorCode, RconsoleError, systemCode } from '../protocol/errors.ts'
import { AUDIT_FILE_BYTES } from '../protocol/limits.ts'

/** How often the disk is made to have it all (ms): a head that was told to a console must outlive a power failure. */
const SYNC_MS = 1_000
/** Refusals of one key for one reason are counted for this long (ms) before they are written again. */
const DENY_MS = 10_000
/** Kinds of refusals counted at once; beyond that they are counted as those of nobody. */
const MOST_DENIED = 256

type About = Partial<Pick<AuditEntry, 'who' | 'as' | 'agent' | 'code' | 'count' | 'bytes'>>

export class Audit {
  readonly #file: ChainFile
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout
  readonly #denied = new Map<string, { about: About; count: number; at: number }>()
  #missed = 0

  /** @throws HOME when its file ends with something else */
  constructor(folder: string, log: Logger) {
    this.#log = log
    this.#file = new ChainFile(join(folder, 'audit.jsonl'), AUDIT_FILE_BYTES, (line) => entryOf(line).n)
    if (this.#file.cut > 0) this.note('torn', { count: this.#file.cut })
    this.note('start')
    void this.#synced()
    this.#timer = setInterval(() => this.#look(), SYNC_MS)
    this.#timer.unref()
  }

  /** The newest entry that the disk has for certain. */
  get head(): Head | undefined {
    const { safe } = this.#file
    return safe.n === 0 ? undefined : safe
  }

  /** Add an entry. A full disk stops nothing: what it did not take is counted, and recorded when it takes again. */
  note(what: AuditWord, about: About = {}): void {
    try {
      if (this.#missed > 0) {
        const count = this.#missed
        this.#append('gap', { count })
        this.#missed = 0
      }
      this.#append(what, about)
    } catch (error) {
      if (!(error instanceof RconsoleError)) throw error
      if (this.#missed++ === 0) this.#log.error({ why: error.message }, 'audit not written')
    }
  }

  /** Someone was turned away; `who` only if they proved their key. At most one entry in 10 s for each key and reason. */
  deny(code: ErrorCode, who?: string): void {
    const key = `${code} ${who ?? ''}`
    const held = this.#denied.get(key)
    const isNew = held === undefined && this.#denied.size < MOST_DENIED
    if (isNew) {
      const about = { code, ...(who === undefined ? {} : { who }) }
      this.#denied.set(key, { about, count: 0, at: Date.now() })
      this.note('deny', { ...about, count: 1 })
    } else if (held !== undefined) {
      held.count++
    } else {
      const nobody = this.#denied.get('') ?? { about: { code: 'REFUSED' }, count: 0, at: Date.now() }
      nobody.count++
      this.#denied.set('', nobody)
    }
  }

  /** A page of entries as the disk has them; those that `isShown` does not pass stand there as their hash. */
  async page({ after }: AuditQuery, isShown: (entry: AuditEntry) => boolean): Promise<AuditPage> {
    const items: AuditItem[] = []
    await this.#synced()
    const { head } = this
    let more = false
    for await (const line of this.#file.lines((passed) => numberIn(passed) <= after)) {
      more = items.length === AUDIT_PAGE
      if (more) break
      items.push(itemOf(line, isShown))
    }
    return { items, more, ...(head === undefined ? {} : { head }) }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#tellDenied(0)
    this.note('stop')
    await this.#synced()
    this.#file.close()
  }

  #append(what: AuditWord, about: About): void {
    this.#file.append((n, prev) => JSON.stringify({ n, t: Date.now(), what, ...about, prev }))
  }

  #look(): void {
    this.#tellDenied(DENY_MS)
    void this.#synced()
  }

  #tellDenied(age: number): void {
    for (const [key, { about, count, at }] of this.#denied) {
      if (Date.now() - at < age) continue
      this.#denied.delete(key)
      if (count > 0) this.note('deny', { ...about, count })
    }
  }

  async #synced(): Promise<void> {
    try {
      await this.#file.synced()
    } catch (cause) {
      this.#log.error({ why: systemCode(cause) ?? 'unknown error' }, 'audit not synced')
    }
  }
}

/** @throws when it is not an entry */
function entryOf(line: string): AuditEntry {
  return v.parse(auditEntrySchema, JSON.parse(line))
}

/** Its number without reading all of it; one that has none is always looked at. */
function numberIn(line: string): number {
  return Number(/^\{"n":(\d{1,15}),/.exec(line)?.[1] ?? Number.MAX_SAFE_INTEGER)
}

function itemOf(line: string, isShown: (entry: AuditEntry) => boolean): AuditItem {
  const entry = readable(line)
  // Someone else wrote it: it has no number, and whoever asked sees that the chain ends here.
  if (entry === undefined || line.length > AUDIT_LINE_BYTES) return { n: 0, hash: hashLine(line) }
  return isShown(entry) ? { line } : { n: entry.n, hash: hashLine(line) }
}

function readable(line: string): AuditEntry | undefined {
  try {
    return entryOf(line)
  } catch {
    // Not one of ours any more; said by its missing number.
    return undefined
  }
}
