// What this console has seen and will not unsee: the key behind each name, the newest statement and presence of each machine.
import * as v from 'valibot'
import { RconsoleError } from '../protocol/errors.ts'
import { alone, readPrivate, writePrivate } from '../protocol/files.ts'
import { recordOf } from '../protocol/record.ts'
import { MOST_MACHINES } from '../protocol/roster.ts'
import {
  hashSchema,
  idSchema,
  jwsSchema,
  keySchema,
  labelsSchema,
  nameSchema,
  secondsSchema,
} from '../protocol/statement.ts'

const pinSchema = v.strictObject({
  name: nameSchema,
  /** The number of the newest admin's statement that was verified, and the hash of that statement or else of the join. */
  n: v.pipe(v.number(), v.integer(), v.minValue(0)),
  hash: hashSchema,
  /** As that statement says: for the shell to complete. */
  labels: v.optional(labelsSchema),
  /** The date of the newest presence (s). */
  iat: v.optional(secondsSchema),
  /** An admin's word that it is forgotten: this console carries it to relays that do not know. */
  forgotten: v.optional(jwsSchema),
})
export type Pin = v.InferOutput<typeof pinSchema>

const fileSchema = v.strictObject({
  machines: recordOf(idSchema, pinSchema, 'expected pins of machines'),
  /** Tokens that are closed, by join key, until their end (s). */
  closed: recordOf(keySchema, secondsSchema, 'expected closed tokens'),
})
type File = v.InferOutput<typeof fileSchema>

export class Pins {
  readonly #path: string | undefined
  readonly #machines = new Map<string, Pin>()
  readonly #closed = new Map<string, number>()
  #isChanged = false

  /** Kept at `path`; without one, for as long as this process lives. @throws HOME */
  constructor(path: string | undefined) {
    this.#path = path
    this.#merge()
  }

  get(id: string): Pin | undefined {
    return this.#machines.get(id)
  }

  /** The machines that are known under `name` and not forgotten. */
  called(name: string): string[] {
    return [...this.#machines].flatMap(([id, pin]) =>
      pin.name === name && pin.forgotten === undefined ? [id] : [],
    )
  }

  /** All that are not forgotten. */
  get known(): Pin[] {
    return [...this.#machines.values()].filter(({ forgotten }) => forgotten === undefined)
  }

  /** Pins only ever rise: an older statement or presence changes nothing. */
  set(id: string, pin: Pin): void {
    const merged = newest(this.#machines.get(id), pin)
    if (JSON.stringify(merged) === JSON.stringify(this.#machines.get(id))) return
    this.#machines.set(id, merged)
    this.#isChanged = true
  }

  isClosed(joinKey: string): boolean {
    return this.#closed.has(joinKey)
  }

  close(joinKey: string, exp: number): void {
    if (this.#closed.has(joinKey)) return
    this.#closed.set(joinKey, exp)
    this.#isChanged = true
  }

  /** Write what has changed, together with what other consoles of this home have learned. @throws HOME */
  save(): void {
    const path = this.#path
    if (!this.#isChanged || path === undefined) return
    alone(path, () => {
      this.#merge()
      const machines = Object.fromEntries(bounded(this.#machines))
      const now = Date.now() / 1000
      const closed = Object.fromEntries([...this.#closed].filter(([, exp]) => exp > now))
      writePrivate(path, `${JSON.stringify({ machines, closed } satisfies File)}\n`)
    })
    this.#isChanged = false
  }

  #merge(): void {
    const file = this.#path === undefined ? undefined : load(this.#path)
    if (file === undefined) return
    for (const [id, pin] of Object.entries(file.machines))
      this.#machines.set(id, newest(this.#machines.get(id), pin))
    for (const [key, exp] of Object.entries(file.closed)) this.#closed.set(key, exp)
  }
}

/** Of each part the newer one. */
function newest(held: Pin | undefined, next: Pin): Pin {
  if (held === undefined) return next
  const { name, n, hash, labels } = next.n >= held.n ? next : held
  const iat = Math.max(held.iat ?? 0, next.iat ?? 0)
  const forgotten = next.forgotten ?? held.forgotten
  return {
    name,
    n,
    hash,
    ...(labels === undefined ? {} : { labels }),
    ...(iat === 0 ? {} : { iat }),
    ...(forgotten === undefined ? {} : { forgotten }),
  }
}

/** As many as a relay keeps; those not seen for longest go first. */
function bounded(machines: ReadonlyMap<string, Pin>): [string, Pin][] {
  const all = [...machines]
  if (all.length <= MOST_MACHINES) return all
  return all.toSorted(([, one], [, other]) => (other.iat ?? 0) - (one.iat ?? 0)).slice(0, MOST_MACHINES)
}

function load(path: string): File | undefined {
  const text = readPrivate(path)
  if (text === undefined) return undefined
  try {
    return v.parse(fileSchema, JSON.parse(text))
  } catch (cause) {
    throw new RconsoleError(
      'HOME',
      `${path} is damaged: restore it from a backup, or remove it and look closely at what rconsole machine ls then shows`,
      { cause },
    )
  }
}
