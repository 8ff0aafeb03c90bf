// What passes the console while files are copied, either way: counted, and each failure said once.
import type { Answer, Entry, Failed, Item, Reply, Totals } from '../../protocol/copy/items.ts'

/** Failures that are remembered, so that they are not said again after a loss. */
const MOST_SAID = 10_000

export interface TallyEvents {
  /** So much further; `name` is the file under way. */
  progress(bytes: number, name: string): void
  failed(what: Failed): void
}

export class Tally {
  readonly #events: TallyEvents
  readonly #said = new Set<string>()
  #list: readonly Entry[] = []
  #wanted: string[] = []
  #name = ''
  bytes = 0
  #same = 0
  /** Entries answered in this attempt, in an earlier one, and those of these that are there now. */
  #answered = 0
  #mark = 0
  #again = 0
  #before = 0

  constructor(events: TallyEvents) {
    this.#events = events
  }

  /** From the beginning, after a loss: what is the same now was copied before, or was the same before. */
  restart(): void {
    this.#mark = Math.max(this.#mark, this.#answered)
    this.#before = this.#same
    ;[this.#answered, this.#again] = [0, 0]
  }

  item(item: Item): void {
    if ('list' in item) {
      this.#list = item.list
    } else if ('skipped' in item) {
      this.#fail(item.skipped)
    } else if ('from' in item) {
      this.#name = this.#wanted.shift() ?? ''
      this.#events.progress(item.from, this.#name)
    } else if ('data' in item) {
      this.bytes += item.data.length
      this.#events.progress(item.data.length, this.#name)
    } else if ('zeros' in item) {
      this.#events.progress(item.zeros, this.#name)
    }
  }

  reply(reply: Reply): void {
    if ('failed' in reply) {
      this.#fail(reply.failed)
      return
    }
    this.#wanted = []
    for (const [index, answer] of reply.answers.entries()) {
      const entry = this.#list[index]
      if (entry !== undefined) this.#answer(entry, answer)
    }
  }

  /** In all attempts, `last` being what the receiver counted in the last. */
  totals(last: Totals): Totals {
    const files = last.files + Math.max(0, this.#again - this.#before)
    return { files, bytes: this.bytes, same: this.#same, failed: last.failed }
  }

  #answer(entry: Entry, answer: Answer): void {
    const isAgain = this.#answered++ < this.#mark
    if (answer.is === 'refused') this.#fail({ source: entry.source, path: entry.path, why: answer.why })
    if (entry.kind !== 'file') return
    if (answer.is === 'wanted' || answer.is === 'begun') this.#wanted.push(entry.path)
    if (answer.is !== 'same') return
    if (isAgain) this.#again++
    else this.#same++
    this.#events.progress(entry.size, '')
  }

  #fail(what: Failed): void {
    const key = `${what.source}\0${what.path}`
    if (this.#said.has(key) || this.#said.size >= MOST_SAID) return
    this.#said.add(key)
    this.#events.failed(what)
  }
}
