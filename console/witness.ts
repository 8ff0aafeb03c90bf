// What this console has seen of histories that others keep: their heads, which a later history must still contain.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { headSchema } from '../protocol/audit.ts'
import type { Head } from '../protocol/chain-file.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { alone, readPrivate, writePrivate } from '../protocol/files.ts'
import { recordOf } from '../protocol/record.ts'
import { secondsSchema } from '../protocol/statement.ts'
import { MOST_MACHINES } from '../protocol/roster.ts'
import type { Machine } from './machine.ts'

/** Relays that are remembered: a console has one or two. */
const MOST_RELAYS = 16

/** Heads of one chain that are remembered since it was last found whole: every rewriting between two of them shows. */
const MOST_HEADS = 8

const headsSchema = v.pipe(v.array(headSchema), v.minLength(1), v.maxLength(MOST_HEADS))
const machineSchema = v.strictObject({ iat: secondsSchema, heads: headsSchema })
const fileSchema = v.strictObject({
  /** From here on (ms since 1970) receipts are held against what this console asked. */
  since: v.pipe(v.number(), v.integer(), v.minValue(0)),
  relays: recordOf(v.string(), headsSchema, 'expected heads of relays'),
  machines: recordOf(v.string(), machineSchema, 'expected heads of machines'),
})
type Memory = v.InferOutput<typeof fileSchema>
/** Among relays and machines, the name of the one moment. */
const SINCE = 'since'

export class Witness {
  readonly #path: string | undefined
  readonly #relay: string
  readonly #warn: (line: string) => void
  readonly #warned = new Set<string>()
  #memory: Memory
  /** Relays and machines of which earlier commands have seen something. */
  readonly #before: ReadonlySet<string>
  /** What is said when this console has lost what it had seen: whoever rewrites histories would like it to. */
  readonly loss: string | undefined
  /** What is not on the disk yet. */
  readonly #changed = new Set<string>()

  /** Without a folder nothing is remembered. `relay`: the URL that is dialled. @throws HOME when the file is damaged */
  constructor(folder: string | undefined, relay: string, warn: (line: string) => void) {
    this.#path = folder === undefined ? undefined : join(folder, 'heads.json')
    this.#relay = relay
    this.#warn = warn
    const held = this.#path === undefined ? undefined : load(this.#path)
    this.#memory = held ?? { since: Date.now(), relays: {}, machines: {} }
    this.#before = new Set([...Object.keys(this.#memory.relays), ...Object.keys(this.#memory.machines)])
    if (held !== undefined) return
    this.#changed.add(SINCE)
    if (folder === undefined || !existsSync(join(folder, 'asked.jsonl'))) return
    this.loss = `${join(folder, 'heads.json')} is gone, though this console has asked before: what it had seen of histories is forgotten, and what was cut or rewritten until now does not show`
    this.#say(this.loss)
  }

  get since(): number {
    return this.#memory.since
  }

  /** Whether an earlier command of this console has seen anything of a machine's receipts, or of the relay's audit. */
  hadSeen(id = this.#relay): boolean {
    return this.#before.has(id)
  }

  /** What was seen of the relay's audit, oldest first. */
  get relayHeads(): readonly Head[] {
    return this.#memory.relays[this.#relay] ?? []
  }

  /** What was seen of a machine's receipts, oldest first. */
  machineHeads(id: string): readonly Head[] {
    return this.#memory.machines[id]?.heads ?? []
  }

  /** The relay tells the head of its audit. One that denies what was seen is said, and not remembered. */
  relay(head: Head): void {
    const held = this.relayHeads
    const last = held.at(-1)
    if (last !== undefined && denies(head, last)) {
      this.#say(
        `the audit of the relay does not contain its entry ${last.n} that this console saw: it was cut or rewritten (rconsole audit verify)`,
      )
    } else if (head.n !== last?.n) this.#setRelay(withHead(held, head))
  }

  /** The relay's audit was read, and is whole up to here. */
  relayIsWhole(head: Head): void {
    this.#setRelay([head])
  }

  /** Machines tell the heads of their receipts in their presence. */
  machines(machines: readonly Machine[]): void {
    for (const { id, name, presence } of machines) {
      if (presence === undefined) continue
      const { iat, head } = presence
      const held = this.#memory.machines[id]
      // An older presence than the one seen is the relay showing the past, and no word of the machine.
      if (held !== undefined && iat < held.iat) continue
      const last = held?.heads.at(-1)
      if (last !== undefined && denies(head, last)) {
        this.#say(
          `${name}: its receipts do not contain number ${last.n} that this console saw: they were cut or rewritten (rconsole audit verify ${name})`,
        )
      } else if (head !== undefined && head.n !== last?.n) {
        this.#setMachine(id, { iat, heads: withHead(held?.heads ?? [], head) })
      }
    }
  }

  /** The machine said under seal that its receipts end so. */
  machine(id: string, head: Head): void {
    const held = this.#memory.machines[id]
    const last = held?.heads.at(-1)
    if (last !== undefined && head.n <= last.n) return
    this.#setMachine(id, { iat: held?.iat ?? 0, heads: withHead(held?.heads ?? [], head) })
  }

  /** The machine's receipts were read, and are whole up to here. */
  machineIsWhole(id: string, head: Head): void {
    this.#setMachine(id, { iat: this.#memory.machines[id]?.iat ?? 0, heads: [head] })
  }

  /** What is there now is the beginning: of the relay and of these machines nothing older is held against them. */
  accept(ids: readonly string[]): void {
    delete this.#memory.relays[this.#relay]
    for (const id of ids) delete this.#memory.machines[id]
    this.#memory.since = Date.now()
    for (const changed of [SINCE, this.#relay, ...ids]) this.#changed.add(changed)
  }

  /** Keep what is new, beside what another console has kept meanwhile. */
  save(): void {
    const path = this.#path
    if (this.#changed.size === 0 || path === undefined) return
    try {
      alone(path, () => {
        const kept = load(path) ?? this.#memory
        writePrivate(path, `${JSON.stringify(this.#mergedWith(kept))}\n`)
      })
      this.#changed.clear()
    } catch (error) {
      this.#say(`${toRconsoleError(error).message}: what was seen of histories is not remembered`)
    }
  }

  #setRelay(heads: Head[]): void {
    const { relays } = this.#memory
    this.#memory.relays = { ...roomIn(relays, this.#relay, MOST_RELAYS), [this.#relay]: heads }
    this.#changed.add(this.#relay)
  }

  #setMachine(id: string, known: Memory['machines'][string]): void {
    const { machines } = this.#memory
    if (machines[id] === undefined) this.#memory.machines = roomIn(machines, id, MOST_MACHINES)
    this.#memory.machines[id] = known
    this.#changed.add(id)
  }

  #mergedWith(kept: Memory): Memory {
    const mine = this.#memory
    return {
      since: this.#changed.has(SINCE) ? mine.since : kept.since,
      relays: this.#pick(mine.relays, kept.relays),
      machines: this.#pick(mine.machines, kept.machines),
    }
  }

  #pick<T>(mine: Readonly<Record<string, T>>, kept: Readonly<Record<string, T>>): Record<string, T> {
    const others = Object.entries(kept).filter(([key]) => !this.#changed.has(key))
    const changed = Object.entries(mine).filter(([key]) => this.#changed.has(key))
    return Object.fromEntries([...others, ...changed])
  }

  #say(line: string): void {
    if (this.#warned.has(line)) return
    this.#warned.add(line)
    this.#warn(line)
  }
}

/** Whether a history that ends with `head` cannot contain `seen`. */
function denies(head: Head | undefined, seen: Head): boolean {
  return head === undefined || head.n < seen.n || (head.n === seen.n && head.hash !== seen.hash)
}

/** With one more; when there are too many the second goes: the first is where the chain was last whole. */
function withHead(heads: readonly Head[], { n, hash }: Head): Head[] {
  const more = [...heads, { n, hash }]
  return more.length > MOST_HEADS ? more.toSpliced(1, 1) : more
}

/** Room for `key`: those that were remembered first go. */
function roomIn<T>(record: Record<string, T>, key: string, most: number): Record<string, T> {
  const names = Object.keys(record)
  if (record[key] !== undefined || names.length < most) return record
  return Object.fromEntries(Object.entries(record).slice(1 - most))
}

function load(path: string): Memory | undefined {
  const text = readPrivate(path)
  if (text === undefined) return undefined
  try {
    return v.parse(fileSchema, JSON.parse(text))
  } catch (cause) {
    throw new RconsoleError(
      'HOME',
      `${path} is damaged: restore it from a backup, or remove it: what this console saw is forgotten then`,
      { cause },
    )
  }
}
