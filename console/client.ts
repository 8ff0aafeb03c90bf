// The console's connection: finds machines, verifies what the relay shows of them, and calls actions on them.
import {
  type ActionName,
  actions,
  type OutputOf,
  type RequestOf,
  type ResultOf,
} from '../protocol/actions/index.ts'
import type { AuditPage, AuditQuery } from '../protocol/audit.ts'
import type { Bytes } from '../protocol/bytes.ts'
import { dial } from '../protocol/dial.ts'
import { unpackBody } from '../protocol/envelope.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import type { Identity } from '../protocol/keys.ts'
import type { Link, LinkEvents } from '../protocol/link.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import { MOST_MACHINES, type RosterEntry, type RosterQuery, type TokensPage } from '../protocol/roster.ts'
import type { AskedJournal } from './asked.ts'
import { attempt, type CallOptions } from './call.ts'
import { Conversation } from './conversation.ts'
import type { HeldFleet } from './held-fleet.ts'
import { KnownMachines } from './known-machines.ts'
import type { Machine } from './machine.ts'
import { checkOwner } from './owner.ts'
import { Pins } from './pins.ts'
import type { Witness } from './witness.ts'

export interface ClientOptions {
  readonly relay: RelayUrl
  readonly held: HeldFleet
  readonly operator: Identity
  /** What this console remembers of histories, and of what it asked. */
  readonly witness?: Witness | undefined
  readonly journal?: AskedJournal | undefined
  /** What this console has seen before; without them, only what it sees now counts. */
  readonly pins?: Pins
  /** Socket.IO in production, memory in tests. */
  readonly link?: (events: LinkEvents) => Link
}

export class Client {
  readonly #options: ClientOptions
  readonly #conversations = new Map<string, Conversation>()
  readonly #known: KnownMachines
  readonly #pins: Pins
  readonly #listeners = new Set<() => void>()
  readonly #link: Link
  #first: { resolve(): void; reject(error: RconsoleError): void } | undefined
  #isWatchingAll = false

  private constructor(options: ClientOptions) {
    this.#options = options
    this.#pins = options.pins ?? new Pins(undefined)
    this.#known = new KnownMachines(options.held, this.#pins)
    const events: LinkEvents = {
      up: () => this.#up(),
      down: (reason) => this.#down(reason),
      envelope: (from, body) => this.#envelope(from, body),
      undeliverable: ({ to }) => this.#conversations.get(to)?.undeliverable(),
      gone: () => undefined,
      fleet: (jws) => this.#document(jws),
      machine: () => undefined,
      twins: () => undefined,
      roster: (entries) => this.#learn(entries),
      head: (head) => options.witness?.relay(head),
    }
    this.#link =
      options.link?.(events) ??
      dial({
        relay: options.relay,
        as: 'console',
        identity: options.operator,
        fleet: options.held.fleet.body.fleet,
        events,
      })
  }

  /** Connect and be admitted. @throws RELAY_UNREACHABLE, or why the relay refused */
  static async connect(options: ClientOptions, signal?: AbortSignal): Promise<Client> {
    const client = new Client(options)
    try {
      await client.#admitted(signal)
      return client
    } catch (error) {
      await client.close()
      throw error
    }
  }

  get isUp(): boolean {
    return this.#link.isUp
  }

  /** All machines seen so far. */
  get machines(): Machine[] {
    return this.#known.machines
  }

  /** What is known of one of them. */
  machine(id: string): Machine | undefined {
    return this.#known.get(id)
  }

  /** Called after every change of `machines` or of the connection. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Fetch and verify the machines of `query`, page by page. @throws RELAY_UNREACHABLE */
  async find(query: RosterQuery): Promise<Machine[]> {
    if (query.watch && query.names === undefined && query.ids === undefined) this.#isWatchingAll = true
    const found: string[] = []
    const asked = new Set<string>()
    let after: string | undefined
    do {
      const page = await this.#link.roster(after === undefined ? query : { ...query, after })
      found.push(...this.#learn(page.entries).map(({ id }) => id))
      after = page.next
      const isEndless =
        page.entries.at(-1)?.id !== after || asked.has(after ?? '') || found.length > MOST_MACHINES
      if (after !== undefined && isEndless)
        throw new RconsoleError('INVALID_MESSAGE', 'the relay answered a roster that has no end')
      if (after !== undefined) asked.add(after)
    } while (after !== undefined)
    this.#pins.save()
    // Only now: a later page may have said what a name on an earlier one is.
    return [...new Set(found)].flatMap((id) => this.#known.get(id) ?? [])
  }

  /** The tokens of the fleet, unverified, as the relay keeps them. @throws RELAY_UNREACHABLE */
  async tokens(): Promise<TokensPage['tokens']> {
    const found: TokensPage['tokens'] = []
    for (let after: string | undefined; ;) {
      const page = await this.#link.tokens(after === undefined ? {} : { after })
      found.push(...page.tokens)
      after = page.next
      if (after === undefined) return found
      if (page.tokens.length === 0 || found.length > MOST_MACHINES)
        throw new RconsoleError('INVALID_MESSAGE', 'the relay answered a list of tokens that has no end')
    }
  }

  /** An admin's word that a token is closed, which no relay can take back here. `exp`: until when it matters (s). */
  rememberClosed(joinKey: string, exp: number): void {
    this.#pins.close(joinKey, exp)
    this.#pins.save()
  }

  /** A person has confirmed that this is the key behind its name. */
  confirm(machine: Machine): void {
    this.#known.pin(machine)
    this.#pins.save()
  }

  /** A page of what the relay has recorded. @throws RELAY_UNREACHABLE */
  async audit(query: AuditQuery): Promise<AuditPage> {
    return await this.#link.audit(query)
  }

  /** Round trip to the relay (ms). @throws RELAY_UNREACHABLE */
  async echo(): Promise<number> {
    return await this.#link.echo()
  }

  /**
   * Ask `machine` for `name`: outputs as they come, then the result.
   * @throws the agent's refusal or failure, by its code; LOST when it is not known how it went
   */
  async *call<N extends ActionName>(
    machine: Machine,
    name: N,
    request: RequestOf<N>,
    options: CallOptions<N> = {},
  ): AsyncGenerator<OutputOf<N>, ResultOf<N>, void> {
    // The same schema that the agent uses: our own mistakes fail here.
    const read = actions[name].read(request)
    const text = JSON.stringify(read.request)
    const { held, operator } = this.#options
    checkOwner(this.#known.get(machine.id) ?? machine, read.need, held.fleet, operator.public)
    for (let isRetry = false; ; isRetry = true) {
      try {
        return yield* attempt(this.#converse(machine), name, text, options)
      } catch (error) {
        // LATE comes under seal: nothing was done. Once more, now that we know the agent's clock.
        if (isRetry || toRconsoleError(error).code !== 'LATE') throw error
      }
    }
  }

  async close(): Promise<void> {
    for (const conversation of this.#conversations.values()) {
      conversation.close(new RconsoleError('CANCELLED', 'the console is closing'))
    }
    try {
      this.#pins.save()
      this.#options.witness?.save()
    } finally {
      await this.#link.close()
    }
  }

  #converse(machine: Machine): Conversation {
    const held = this.#conversations.get(machine.id)
    if (held !== undefined) return held
    const { held: documents, operator, journal } = this.#options
    const made = new Conversation({
      held: documents,
      operator,
      journal,
      machine: this.#known.get(machine.id) ?? machine,
      send: (to, body) => this.#link.send(to, body),
      refresh: (id) => this.#refetch({ ids: [id], watch: true }),
      restart: () => this.#link.restart(),
      document: (jws) => this.#document(jws),
      closed: () => void this.#conversations.delete(machine.id),
    })
    this.#conversations.set(machine.id, made)
    return made
  }

  async #admitted(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const aborted = (): void => reject(toRconsoleError(signal?.reason))
      signal?.addEventListener('abort', aborted, { once: true })
      const settle = (): void => {
        this.#first = undefined
        signal?.removeEventListener('abort', aborted)
      }
      this.#first = {
        resolve() {
          settle()
          resolve()
        },
        reject(error) {
          settle()
          reject(error)
        },
      }
    })
  }

  #up(): void {
    this.#first?.resolve()
    // After a loss the relay knows nothing of what we watched.
    this.#lookAgain()
    this.#changed()
  }

  /** A fleet document, from the relay or out of a seal: it proves itself, and who hid it from others does not matter. */
  #document(jws: string): void {
    if (!this.#options.held.adopt(jws)) return
    for (const conversation of this.#conversations.values()) conversation.handOver()
    // What is known of the machines was judged by the one before.
    this.#lookAgain()
  }

  #lookAgain(): void {
    const ids = [...this.#conversations.keys()]
    if (this.#isWatchingAll) this.#refetch({ watch: true })
    else if (ids.length > 0) this.#refetch({ ids, watch: true })
  }

  #down(reason: RconsoleError): void {
    this.#first?.reject(reason)
    for (const conversation of this.#conversations.values()) {
      if (reason.code === 'RELAY_UNREACHABLE' || reason.code === 'BUSY') conversation.down()
      else {
        // Its word on why we may not be here says nothing of what the machine has done.
        const { name } = conversation.machine
        conversation.close(new RconsoleError('LOST', `${name}: unconfirmed (${reason.message})`))
      }
    }
    this.#changed()
  }

  #envelope(from: string, bytes: Bytes): void {
    const body = unpackBody(bytes)
    const conversation = this.#conversations.get(from)
    if (body !== undefined && conversation?.id === body.session) conversation.receive(body)
  }

  #refetch(query: RosterQuery): void {
    // Not reached: the link comes up again, and this is asked again.
    this.find(query).catch(() => undefined)
  }

  #learn(entries: readonly RosterEntry[]): Machine[] {
    const machines = this.#known.learn(entries)
    this.#options.witness?.machines(machines)
    for (const machine of machines) this.#conversations.get(machine.id)?.update(machine)
    if (machines.length > 0) this.#changed()
    return machines
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
