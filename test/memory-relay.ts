// A relay in memory: the real router, roster and registry, with queues instead of sockets. The second Link there is.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { asBuffer, type Bytes, toBase64url } from '../protocol/bytes.ts'
import { isEnvelope } from '../protocol/envelope.ts'
import { RconsoleError } from '../protocol/errors.ts'
import type { RelayToClient } from '../protocol/events.ts'
import { type Identity, idOf } from '../protocol/keys.ts'
import type { Link, LinkEvents } from '../protocol/link.ts'
import type { RosterPage, RosterQuery, TokensPage, TokensQuery } from '../protocol/roster.ts'
import { Journal } from '../relay/journal.ts'
import { Registry } from '../relay/registry.ts'
import { Roster, seenSchema } from '../relay/roster.ts'
import { type Peer, Router } from '../relay/router.ts'

export class MemoryRelay {
  readonly registry: Registry
  readonly router: Router
  readonly roster: Roster

  constructor(pin: string, folder: string) {
    this.registry = new Registry(pin, folder)
    this.router = new Router((address) => this.roster.lastSeen(address))
    const seen = new Journal(join(folder, 'seen.jsonl'), seenSchema)
    this.roster = new Roster(this.registry, this.router, seen, (error) => {
      throw error
    })
  }

  link(as: 'agent' | 'console', identity: Identity, events: LinkEvents): Link {
    return new MemoryLink(this, { as, identity, events })
  }

  close(): void {
    this.roster.close()
  }
}

const ignore = (): void => undefined

interface MemoryLinkOptions {
  readonly as: 'agent' | 'console'
  readonly identity: Identity
  readonly events: LinkEvents
}

/** Both directions deliver later and in order, as a socket does; a copy, so that nobody shares bytes. */
class MemoryLink implements Link {
  readonly #relay: MemoryRelay
  readonly #events: LinkEvents
  readonly #peer: Peer
  readonly #handlers: { readonly [E in keyof RelayToClient]: (...args: Parameters<RelayToClient[E]>) => void }
  isUp = false
  #isClosed = false

  constructor(relay: MemoryRelay, { as, identity, events }: MemoryLinkOptions) {
    this.#relay = relay
    this.#events = events
    this.#handlers = {
      envelope: (from, body) => events.envelope(from, asBuffer(body)),
      undeliverable: (what) => events.undeliverable(what),
      gone: (address) => events.gone(address),
      fleet: (jws) => events.fleet(jws),
      machine: (jws) => events.machine(jws),
      twins: (presences) => events.twins(presences),
      roster: (entries) => events.roster(entries),
      // Admission and moving house are the socket's.
      challenge: ignore,
      welcome: ignore,
      refused: ignore,
      moving: ignore,
    }
    const address = as === 'agent' ? idOf(identity.public) : toBase64url(randomBytes(15))
    this.#peer = {
      address,
      as,
      key: identity.public,
      emit: (event, ...args) =>
        queueMicrotask(() => {
          if (this.isUp) this.#handlers[event](...args)
        }),
      waiting: () => 0,
      close: () => queueMicrotask(() => this.restart()),
    }
    queueMicrotask(() => this.#connect())
  }

  send(to: string, body: Bytes): boolean {
    if (!this.isUp) return false
    const copy = Buffer.from(body)
    queueMicrotask(() => {
      if (isEnvelope(to, copy)) this.#relay.router.route(this.#peer, to, copy)
      else this.restart()
    })
    return true
  }

  async presence(jws: string): Promise<void> {
    this.#mustBeUp()
    await Promise.resolve()
    this.#relay.roster.present(this.#peer, jws, Date.now())
  }

  async roster(query: RosterQuery): Promise<RosterPage> {
    this.#mustBeUp()
    await Promise.resolve()
    return this.#relay.roster.query(this.#peer, query)
  }

  async tokens(query: TokensQuery): Promise<TokensPage> {
    this.#mustBeUp()
    await Promise.resolve()
    return this.#relay.registry.tokens(query)
  }

  async echo(): Promise<number> {
    this.#mustBeUp()
    await Promise.resolve()
    return 0
  }

  restart(): void {
    if (this.#isClosed) return
    this.#leave()
    this.#events.down(unreachable())
    queueMicrotask(() => this.#connect())
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    // What was sent before goes first.
    await Promise.resolve()
    this.#isClosed = true
    this.#leave()
  }

  #connect(): void {
    if (this.#isClosed || this.isUp) return
    this.isUp = true
    this.#relay.router.attach(this.#peer)
    this.#events.up()
    if (this.#relay.registry.fleet !== undefined) this.#events.fleet(this.#relay.registry.fleet.jws)
  }

  #leave(): void {
    if (!this.isUp) return
    this.isUp = false
    this.#relay.router.detach(this.#peer)
    this.#relay.roster.left(this.#peer, Date.now())
  }

  #mustBeUp(): void {
    if (!this.isUp) throw unreachable()
  }
}

function unreachable(): RconsoleError {
  return new RconsoleError('RELAY_UNREACHABLE', 'the relay in memory is not connected')
}
