// How often this agent has crashed of late: kept in its home, so that one that crashes again and again starts with less.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { readPrivate, writePrivate } from '../protocol/files.ts'

/** So many crashes within this time (ms) are a loop. */
const LOOP_CRASHES = 3
const LOOP_MS = 10 * 60_000

const fileSchema = v.strictObject({
  /** Of the machine: what a power failure ended has not crashed. */
  boot: v.string(),
  isAlive: v.boolean(),
  /** Milliseconds since 1970. */
  crashes: v.array(v.number()),
})
type File = v.InferOutput<typeof fileSchema>

export class Crashes {
  readonly #path: string
  readonly #file: File

  /** @param home the agent's, locked by this process */
  constructor(home: string, now = Date.now()) {
    this.#path = join(home, 'crashes.json')
    const boot = bootOf()
    const before = load(this.#path)
    const known = before?.boot === boot ? before : undefined
    const crashes = [...(known?.crashes ?? []), ...(known?.isAlive === true ? [now] : [])]
    // A clock that was set: what lies ahead of it has not happened lately.
    const late = crashes.filter((at) => at <= now && now - at < LOOP_MS)
    this.#file = { boot, isAlive: true, crashes: late }
  }

  /** Why it should start in safe mode, if it should. */
  get reason(): string | undefined {
    const { length } = this.#file.crashes
    return length < LOOP_CRASHES ? undefined : `it crashed ${length} times within ${LOOP_MS / 60_000} minutes`
  }

  /** Note the start. @throws HOME */
  begin(): void {
    writePrivate(this.#path, `${JSON.stringify(this.#file)}\n`)
  }

  /** Note that it ended as it should, for whatever reason: the next start is like the first. @throws HOME */
  end(): void {
    writePrivate(this.#path, `${JSON.stringify({ ...this.#file, isAlive: false, crashes: [] })}\n`)
  }
}

function load(path: string): File | undefined {
  try {
    const parsed = v.safeParse(fileSchema, JSON.parse(readPrivate(path) ?? ''))
    return parsed.success ? parsed.output : undefined
  } catch {
    // Not there, or damaged by what it is to count: no reason not to start.
    return undefined
  }
}

function bootOf(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    // Not Linux: every start is of one boot.
    return ''
  }
}
