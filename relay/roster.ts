// Which machines there are, who is connected, and telling the consoles that watch.
import * as v from 'valibot'
import { PACKET_BYTES } from '../protocol/limits.ts'
import { readPresence } from '../protocol/presence.ts'
import {
  MOST_OTHERS,
  ROSTER_PAGE,
  type RosterEntry,
  type RosterPage,
  type RosterQuery,
} from '../protocol/roster.ts'
import type { Journal } from './journal.ts'
import type { Registry } from './registry.ts'
import type { Peer, Router } from './router.ts'

/** Changes are told together after this long (ms): a storm of reconnects is a few packets, not thousands. */
const TELL_MS = 50
/** Statements in one page (bytes), and what the rest of an entry takes at most: below the size of a packet. */
const PAGE_BYTES = PACKET_BYTES - 16 * 1024
const ENTRY_BYTES = 256

export const seenSchema = v.strictObject({
  presence: v.optional(v.string()),
  iat: v.number(),
  /** When it last came or went (ms). */
  since: v.number(),
})
export type Seen = v.InferOutput<typeof seenSchema>

export class Roster {
  readonly #registry: Registry
  readonly #router: Router
  readonly #seen: Journal<Seen>
  readonly #unsaved: (error: unknown) => void
  /** Connections whose presence has arrived, and what it says: only then can anyone talk with them. */
  readonly #present = new Map<Peer, string>()
  readonly #watchers = new Map<Peer, Set<string> | 'all'>()
  #changed = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  /** `unsaved`: told when the disk did not take who was seen; the roster goes on from memory. */
  constructor(registry: Registry, router: Router, seen: Journal<Seen>, unsaved: (error: unknown) => void) {
    this.#unsaved = unsaved
    this.#registry = registry
    this.#router = router
    this.#seen = seen
  }

  /** Take the newest presence of a connected agent. @throws BAD_SIGNATURE, INVALID_MESSAGE */
  present(peer: Peer, jws: string, now: number): void {
    const presence = readPresence(jws)
    const held = this.#seen.get(peer.address)
    if (presence.agent !== peer.key) return
    const isArrival = !this.#present.has(peer)
    this.#present.set(peer, jws)
    // One that says goodbye is no process to choose.
    this.#router.booted(peer, presence.left === undefined ? presence.boot : undefined)
    const since = isArrival || held === undefined ? now : held.since
    this.#save(peer.address, { presence: jws, iat: presence.iat, since })
    this.#introduceTwins(peer.address, isArrival)
    this.changed(peer.address)
  }

  left(peer: Peer, now: number): void {
    this.#watchers.delete(peer)
    if (!this.#present.delete(peer)) return
    const held = this.#seen.get(peer.address)
    if (held !== undefined) {
      // The word of a twin that stays is the newest there is.
      const presence = this.#presenceAt(peer.address) ?? held.presence
      this.#save(peer.address, { iat: held.iat, since: now, ...(presence === undefined ? {} : { presence }) })
    }
    this.#introduceTwins(peer.address, true)
    this.changed(peer.address)
  }

  query(peer: Peer, query: RosterQuery): RosterPage {
    const ids = this.#select(query)
    const start = query.after === undefined ? 0 : ids.indexOf(query.after) + 1
    const entries = this.#page(ids, start)
    const end = start + entries.length
    const isAll = query.names === undefined && query.ids === undefined
    if (query.watch) this.#watch(peer, isAll ? 'all' : ids.slice(start, end))
    const last = entries.at(-1)
    return last !== undefined && end < ids.length ? { entries, next: last.id } : { entries }
  }

  /** Since when an agent has not been here (ms). */
  lastSeen(id: string): number | undefined {
    return this.#seen.get(id)?.since
  }

  changed(id: string): void {
    this.#changed.add(id)
    this.#timer ??= setTimeout(() => this.#tell(), TELL_MS)
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  /** Each process of a key is shown the presences of the others, and takes nothing while there are some. */
  #introduceTwins(address: string, isNews: boolean): void {
    const twins = this.#router.processes(address)
    if (!isNews && twins.length < 2) return
    for (const peer of twins) peer.emit('twins', this.#others(address, peer))
  }

  #others(address: string, self: Peer | undefined): string[] {
    const others = this.#router.processes(address).filter((peer) => peer !== self)
    return others.flatMap((peer) => this.#present.get(peer) ?? []).slice(0, MOST_OTHERS)
  }

  #presenceAt(address: string): string | undefined {
    const newest = this.#router.processes(address).at(-1)
    return newest === undefined ? undefined : this.#present.get(newest)
  }

  #save(id: string, seen: Seen): void {
    try {
      this.#seen.set(id, seen)
    } catch (error) {
      this.#unsaved(error)
    }
  }

  #select(query: RosterQuery): string[] {
    if (query.ids === undefined && query.names === undefined) return this.#registry.ids()
    const ids = (query.ids ?? []).filter((id) => this.#registry.standing(id) !== undefined)
    if (query.names === undefined) return ids
    const names = new Set(query.names)
    const named = this.#registry.ids().filter((id) => names.has(this.#registry.name(id) ?? ''))
    return [...new Set([...ids, ...named])]
  }

  #entry(id: string): RosterEntry | undefined {
    const standing = this.#registry.standing(id)
    if (standing === undefined) return undefined
    const seen = this.#seen.get(id)
    const processes = this.#router.processes(id)
    const others = this.#others(id, processes.at(-1))
    return {
      id,
      join: standing.join,
      ...(standing.machine === undefined ? {} : { machine: standing.machine }),
      ...(standing.closed === undefined ? {} : { closed: standing.closed }),
      ...(seen?.presence === undefined ? {} : { presence: seen.presence }),
      online: this.#router.at(id).some((peer) => this.#present.has(peer)),
      since: seen?.since ?? 0,
      copies: processes.length,
      ...(others.length === 0 ? {} : { others }),
    }
  }

  /** As many as one packet takes, at least one: 32 long labels make an entry of 14 KiB. `ids` are known ones. */
  #page(ids: readonly string[], start: number): RosterEntry[] {
    const entries: RosterEntry[] = []
    let bytes = 0
    for (const id of ids.slice(start, start + ROSTER_PAGE)) {
      const entry = this.#entry(id)
      if (entry === undefined) continue
      const { join, machine = '', closed = '', presence = '', others = [] } = entry
      bytes += [join, machine, closed, presence, ...others].join('').length + ENTRY_BYTES
      if (entries.length > 0 && bytes > PAGE_BYTES) break
      entries.push(entry)
    }
    return entries
  }

  #watch(peer: Peer, what: readonly string[] | 'all'): void {
    const held = this.#watchers.get(peer)
    if (what === 'all' || held === 'all') this.#watchers.set(peer, 'all')
    else this.#watchers.set(peer, new Set([...(held ?? []), ...what]))
  }

  #tell(): void {
    this.#timer = undefined
    const changed = this.#changed
    this.#changed = new Set()
    for (const [peer, watched] of this.#watchers) {
      const ids = [...changed].filter((id) => watched === 'all' || watched.has(id))
      const known = ids.filter((id) => this.#registry.standing(id) !== undefined)
      for (let start = 0; start < known.length;) {
        const entries = this.#page(known, start)
        peer.emit('roster', entries)
        start += entries.length
      }
    }
  }
}
