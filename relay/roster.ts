// Which machines there are, who is connected, and telling the consoles that watch.
import type { Logger } from 'pino'
import * as v from 'valibot'
import { readPresence } from '../protocol/presence.ts'
import { ROSTER_PAGE, type RosterEntry, type RosterPage, type RosterQuery } from '../protocol/roster.ts'
import type { Journal } from './journal.ts'
import type { Registry } from './registry.ts'
import type { Peer, Router } from './router.ts'

/** Changes are told together after this long (ms): a storm of reconnects is a few packets, not thousands. */
const TELL_MS = 50

export const seenSchema = v.strictObject({
  presence: v.optional(v.string()),
  iat: v.number(),
  /** When it last came or went (ms). */
  since: v.number(),
})
export type Seen = v.InferOutput<typeof seenSchema>

interface RosterParts {
  readonly registry: Registry
  readonly router: Router
  readonly seen: Journal<Seen>
  readonly log: Logger
}

export class Roster {
  readonly #log: Logger
  readonly #registry: Registry
  readonly #router: Router
  readonly #seen: Journal<Seen>
  /** Connections whose presence has arrived: only then can anyone talk with them. */
  readonly #present = new Set<Peer>()
  readonly #watchers = new Map<Peer, Set<string> | 'all'>()
  #changed = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor({ registry, router, seen, log }: RosterParts) {
    this.#log = log
    this.#registry = registry
    this.#router = router
    this.#seen = seen
  }

  /** Take the newest presence of a connected agent. @throws BAD_SIGNATURE, INVALID_MESSAGE */
  present(peer: Peer, jws: string, now: number): void {
    const presence = readPresence(jws)
    const held = this.#seen.get(peer.address)
    if (presence.agent !== peer.key || (held !== undefined && presence.iat < held.iat)) return
    const isArrival = !this.#present.has(peer)
    this.#present.add(peer)
    const since = isArrival || held === undefined ? now : held.since
    this.#keep(peer.address, { presence: jws, iat: presence.iat, since })
    this.changed(peer.address)
  }

  left(peer: Peer, now: number): void {
    this.#watchers.delete(peer)
    if (!this.#present.delete(peer)) return
    const held = this.#seen.get(peer.address)
    if (held !== undefined) this.#keep(peer.address, { ...held, since: now })
    this.changed(peer.address)
  }

  query(peer: Peer, query: RosterQuery): RosterPage {
    const ids = this.#select(query)
    const start = query.after === undefined ? 0 : ids.indexOf(query.after) + 1
    const page = ids.slice(start, start + ROSTER_PAGE)
    const isAll = query.names === undefined && query.ids === undefined
    if (query.watch) this.#watch(peer, isAll ? 'all' : page)
    const entries = page.flatMap((id) => this.#entry(id) ?? [])
    const last = page.at(-1)
    return last !== undefined && start + ROSTER_PAGE < ids.length ? { entries, next: last } : { entries }
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
    const copies = this.#router.at(id).length
    return {
      id,
      join: standing.join,
      ...(standing.machine === undefined ? {} : { machine: standing.machine }),
      ...(seen?.presence === undefined ? {} : { presence: seen.presence }),
      online: this.#router.at(id).some((peer) => this.#present.has(peer)),
      since: seen?.since ?? 0,
      copies,
    }
  }

  /** A full disk costs the memory of who was here when, over a restart; it keeps nobody out. */
  #keep(id: string, seen: Seen): void {
    const failure = this.#seen.note(id, seen)
    if (failure !== undefined) this.#log.error({ why: failure.message }, 'the roster is not on the disk')
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
      for (let start = 0; start < ids.length; start += ROSTER_PAGE) {
        const page = ids.slice(start, start + ROSTER_PAGE)
        peer.emit(
          'roster',
          page.flatMap((id) => this.#entry(id) ?? []),
        )
      }
    }
  }
}
