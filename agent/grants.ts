// What the owner allowed on top of the policy, here and for a time: kept in the agent's home.
import { join } from 'node:path'
import * as v from 'valibot'
import { RconsoleError } from '../protocol/errors.ts'
import { readPrivate, writePrivate } from '../protocol/files.ts'
import { GRANTED, MOST_GRANTS } from '../protocol/owner-policy.ts'

const grantSchema = v.strictObject({
  what: v.picklist(GRANTED),
  name: v.string(),
  /** The operator's: a name may go to someone else. */
  key: v.string(),
  /** Seconds since 1970. */
  until: v.pipe(v.number(), v.integer()),
})
export type Grant = v.InferOutput<typeof grantSchema>

const fileSchema = v.strictObject({
  /** The latest time that was seen (s): a clock that is set back makes no grant longer. */
  seen: v.number(),
  grants: v.array(grantSchema),
})

/** While there are grants, the time is written down this often (s): what a clock set back before a restart may add. */
const NOTE_S = 60

export class Grants {
  readonly #path: string
  #grants: readonly Grant[]
  /** The latest time seen (s), and the monotonic clock at that moment (ms). */
  #seen: { readonly at: number; readonly monotonic: number }
  #noted: number

  /** @throws HOME */
  constructor(home: string) {
    this.#path = join(home, 'grants.json')
    const { seen, grants } = load(this.#path)
    this.#seen = { at: seen, monotonic: performance.now() }
    this.#noted = seen
    this.#grants = grants
  }

  /** Those that hold. */
  get current(): readonly Grant[] {
    const now = this.#now()
    return this.#grants.filter(({ until }) => now < until)
  }

  has(what: string, key: string): boolean {
    return this.current.some((grant) => grant.what === what && grant.key === key)
  }

  /** Allow `what` for `ms`, instead of what was granted of it before. @throws HOME, BUSY */
  add(grant: Omit<Grant, 'until'>, ms: number): Grant {
    const others = this.current.filter((one) => one.what !== grant.what || one.key !== grant.key)
    if (others.length >= MOST_GRANTS)
      throw new RconsoleError('BUSY', `expected at most ${MOST_GRANTS} grants: revoke one first`)
    const made = { ...grant, until: Math.ceil(this.#now() + ms / 1000) }
    this.#keep([...others, made])
    return made
  }

  /** Returns whether there was such a grant. @throws HOME */
  remove(what: string, name: string): boolean {
    const { current } = this
    const others = current.filter((one) => one.what !== what || one.name !== name)
    this.#keep(others)
    return others.length < current.length
  }

  /** Drop what has run out, note the time. Returns what was dropped. */
  expire(): readonly Grant[] {
    const now = this.#now()
    const over = this.#grants.filter(({ until }) => !(now < until))
    if (over.length > 0 || (this.#grants.length > 0 && now - this.#noted >= NOTE_S)) this.#keep(this.current)
    return over
  }

  /** Never before what was seen, and never slower than the monotonic clock (s). */
  #now(): number {
    const monotonic = performance.now()
    const passed = this.#seen.at + (monotonic - this.#seen.monotonic) / 1000
    this.#seen = { at: Math.max(passed, Date.now() / 1000), monotonic }
    return this.#seen.at
  }

  #keep(grants: readonly Grant[]): void {
    this.#noted = this.#now()
    writePrivate(this.#path, `${JSON.stringify({ seen: this.#noted, grants })}\n`)
    this.#grants = grants
  }
}

function load(path: string): v.InferOutput<typeof fileSchema> {
  const text = readPrivate(path)
  if (text === undefined) return { seen: 0, grants: [] }
  try {
    return v.parse(fileSchema, JSON.parse(text))
  } catch (cause) {
    throw new RconsoleError('HOME', `${path} is damaged: remove it, and grant again what shall be granted`, {
      cause,
    })
  }
}
