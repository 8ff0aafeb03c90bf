// Who is connected, and handing each envelope to the one it names, unread. The whole of what a relay does.
import type { Bytes } from '../protocol/bytes.ts'
import type { RelayToClient } from '../protocol/events.ts'
import { RELAY_WAITING_BYTES } from '../protocol/limits.ts'

/** An admitted connection. */
export interface Peer {
  /** An agent's id, or a name the relay made for this console's connection. */
  readonly address: string
  readonly as: 'agent' | 'console'
  /** The key it was admitted with. */
  readonly key: string
  emit<E extends keyof RelayToClient>(event: E, ...args: Parameters<RelayToClient[E]>): void
  /** Bytes that wait to be sent to it. */
  waiting(): number
  close(reason: string): void
}

export class Router {
  /** Newest last: an agent's key may be connected twice, and the newest gets the envelopes. */
  readonly #peers = new Map<string, Peer[]>()
  /** Agents that a console has written to, to be told when it leaves. */
  readonly #talks = new Map<Peer, Set<string>>()
  /** Which process of an agent each connection is, once its presence has said so. */
  readonly #boots = new Map<Peer, string>()
  readonly #lastSeen: (address: string) => number | undefined

  /** `lastSeen`: since when an address has not been here (ms). */
  constructor(lastSeen: (address: string) => number | undefined) {
    this.#lastSeen = lastSeen
  }

  attach(peer: Peer): void {
    this.#peers.set(peer.address, [...this.at(peer.address), peer])
  }

  detach(peer: Peer): void {
    const rest = this.at(peer.address).filter((other) => other !== peer)
    if (rest.length > 0) this.#peers.set(peer.address, rest)
    else this.#peers.delete(peer.address)
    for (const agent of this.#talks.get(peer) ?? []) this.#newest(agent)?.emit('gone', peer.address)
    this.#talks.delete(peer)
    this.#boots.delete(peer)
  }

  /** Connections at an address, the newest last. */
  at(address: string): readonly Peer[] {
    return this.#peers.get(address) ?? []
  }

  peers(): Peer[] {
    return [...this.#peers.values()].flat()
  }

  /**
   * The process that connected is this one; undefined: it is leaving. An older connection of the same process is dead and is dropped; another
   * process with the same key stays, and is its twin.
   */
  booted(peer: Peer, boot: string | undefined): void {
    if (boot === undefined) {
      this.#boots.delete(peer)
      return
    }
    this.#boots.set(peer, boot)
    for (const other of this.at(peer.address))
      if (other !== peer && this.#boots.get(other) === boot) other.close('REPLACED')
  }

  /** The living processes of an agent's key, the newest last: more than one is a copied key. */
  processes(address: string): Peer[] {
    const newest = new Map(this.at(address).map((peer) => [this.#boots.get(peer), peer]))
    return [...newest].flatMap(([boot, peer]) => (boot === undefined ? [] : [peer]))
  }

  /** Consoles reach agents and agents consoles; `from` is the admitted connection, whatever the sender says. */
  route(from: Peer, to: string, body: Bytes): void {
    const peer = this.#newest(to)
    // Of two processes with one key neither is preferred: a person has to choose.
    if (peer === undefined || peer.as === from.as || this.processes(to).length > 1) {
      const since = this.#lastSeen(to)
      from.emit('undeliverable', { to, ...(since === undefined ? {} : { since }) })
      return
    }
    if (from.as === 'console') this.#remember(from, to)
    // Credit between the ends keeps this small; the cap is for an end that does not keep its promise.
    if (peer.waiting() + body.length > RELAY_WAITING_BYTES) {
      peer.close('SLOW')
      from.emit('undeliverable', { to })
      return
    }
    peer.emit('envelope', from.address, body)
  }

  #newest(address: string): Peer | undefined {
    return this.at(address).at(-1)
  }

  #remember(console: Peer, agent: string): void {
    const talks = this.#talks.get(console) ?? new Set()
    if (!talks.has(agent)) this.#talks.set(console, talks.add(agent))
  }
}
