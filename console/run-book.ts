// The runs that this console started: a help to find them again. What became of them only their machines know.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { readPrivate, writePrivate } from '../protocol/files.ts'

/** Runs remembered, and the lines at which the file is cut back to them. */
const MOST_RUNS = 1_000
const MOST_LINES = 2_000

const entrySchema = v.object({
  id: v.string(),
  /** What was run, as it is shown. */
  command: v.string(),
  /** By this console's clock (ms). */
  at: v.number(),
  machines: v.array(v.object({ id: v.string(), name: v.string() })),
})
export type BookEntry = v.InferOutput<typeof entrySchema>

export class RunBook {
  readonly #path: string

  /** @param folder the console's home */
  constructor(folder: string) {
    this.#path = join(folder, 'runs.jsonl')
  }

  /** Note a run before it is asked for. @throws a system error */
  note(entry: BookEntry): void {
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
  }

  /** The newest last. @throws HOME */
  entries(): BookEntry[] {
    const lines = (readPrivate(this.#path) ?? '').split('\n').slice(0, -1)
    if (lines.length > MOST_LINES) writePrivate(this.#path, `${lines.slice(-MOST_RUNS).join('\n')}\n`)
    return lines.slice(-MOST_RUNS).flatMap((line) => entryOf(line) ?? [])
  }

  find(id: string): BookEntry | undefined {
    return this.entries().findLast((entry) => entry.id === id)
  }
}

/** Undefined for a line that was cut off: the run is found by asking the machines. */
function entryOf(line: string): BookEntry | undefined {
  try {
    const parsed = v.safeParse(entrySchema, JSON.parse(line))
    return parsed.success ? parsed.output : undefined
  } catch {
    // Not JSON.
    return undefined
  }
}
