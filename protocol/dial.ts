// Dial out to a relay with socket.io-client: a Link that is admitted by signature and dials again with full jitter.
import { setTimeout as delay } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import * as v from 'valibot'
import { asBuffer, type Bytes } from './bytes.ts'
import { disarm } from './disarm.ts'
import { isEnvelope, PROTOCOL } from './envelope.ts'
import { RconsoleError } from './errors.ts'
import {
  challengeSchema,
  type ClientToRelay,
  movingSchema,
  refusalSchema,
  type RelayToClient,
  undeliverableSchema,
  welcomeSchema,
} from './events.ts'
import type { Identity } from './keys.ts'
import { FLEET_BYTES, PACKET_BYTES, RECONNECT_FIRST_MS, RECONNECT_MOST_MS, UNADMITTED_MS } from './limits.ts'
import type { Link, LinkEvents } from './link.ts'
import { issueAuth } from './presence.ts'
import type { RelayUrl } from './relay-url.ts'
import { jwsSchema } from './statement.ts'
import { relayRefusal } from './relay-word.ts'
import { routeTo } from './route.ts'
import {
  MOST_OTHERS,
  type RosterPage,
  rosterEntrySchema,
  rosterPageSchema,
  type RosterQuery,
  type TokensPage,
  tokensPageSchema,
  type TokensQuery,
} from './roster.ts'

/** An answer of the relay that takes longer is no answer (ms). */
const ANSWER_MS = 10_000
/** How long what was sent last may take to leave (ms): a relay that stands still is not waited for. */
const CLOSE_MS = 2_000

export interface DialOptions {
  readonly relay: RelayUrl
  readonly as: 'agent' | 'console'
  readonly identity: Identity
  readonly fleet: string
  readonly events: LinkEvents
}

export function dial(options: DialOptions): Link {
  return new DialledLink(options)
}

class DialledLink implements Link {
  readonly #options: DialOptions
  readonly #socket: Socket<RelayToClient, ClientToRelay>
  #isUp = false
  #isClosed = false
  /** Dialling or connected: false while we wait to dial again. */
  #isTrying = false
  #failures = 0
  /** Set by the relay: come back in so many ms. */
  #after: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: DialOptions) {
    this.#options = options
    const settings = {
      transports: ['websocket'],
      autoConnect: false,
      reconnection: false,
      forceNew: true,
      auth: { proto: PROTOCOL },
      // Passed on to ws: what a hostile relay may send us. socket.io-client's own limit is 100 MiB.
      maxPayload: PACKET_BYTES,
    }
    // Apart, because the types of engine.io-client know only of the agents of a browser's kind: none.
    Object.assign(settings, routeTo(options.relay))
    this.#socket = io(options.relay.url, settings)
    this.#listen()
    this.#connect()
  }

  get isUp(): boolean {
    return this.#isUp
  }

  send(to: string, body: Bytes): boolean {
    if (!this.#isUp) return false
    this.#socket.emit('envelope', to, body)
    return true
  }

  async presence(jws: string): Promise<void> {
    await this.#ask(() => this.#socket.timeout(ANSWER_MS).emitWithAck('presence', jws))
  }

  async roster(query: RosterQuery): Promise<RosterPage> {
    const page = await this.#ask(() => this.#socket.timeout(ANSWER_MS).emitWithAck('roster', query))
    const parsed = v.safeParse(rosterPageSchema, page)
    if (!parsed.success)
      throw new RconsoleError('INVALID_MESSAGE', 'the relay answered a roster that cannot be read')
    return parsed.output
  }

  async tokens(query: TokensQuery): Promise<TokensPage> {
    const page = await this.#ask(() => this.#socket.timeout(ANSWER_MS).emitWithAck('tokens', query))
    const parsed = v.safeParse(tokensPageSchema, page)
    if (!parsed.success)
      throw new RconsoleError('INVALID_MESSAGE', 'the relay answered a list of tokens that cannot be read')
    return parsed.output
  }

  async echo(): Promise<number> {
    const start = performance.now()
    await this.#ask(() => this.#socket.timeout(ANSWER_MS).emitWithAck('echo'))
    return performance.now() - start
  }

  restart(): void {
    this.#lost(new RconsoleError('RELAY_UNREACHABLE', `${this.#options.relay.url} stopped answering`))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#isUp = false
    clearTimeout(this.#timer)
    const { engine } = this.#socket.io
    if (this.#socket.connected) {
      // Closing an engine.io client flushes what waits in its buffer first.
      const closed = new Promise<void>((resolve) => {
        engine.once('close', () => resolve())
      })
      this.#socket.disconnect()
      await Promise.race([closed, delay(CLOSE_MS, undefined, { ref: false })])
    } else {
      this.#socket.disconnect()
    }
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    if (!this.#isUp) throw this.#unreachable('not connected')
    try {
      return await question()
    } catch (cause) {
      throw this.#unreachable('did not answer', cause)
    }
  }

  #connect(): void {
    this.#isTrying = true
    this.#after = undefined
    this.#socket.connect()
    this.#socket.io.engine.on('packet', (packet) => {
      if (disarm(packet)) this.#lost(this.#unreachable('sent what cannot be read'))
    })
    this.#timer = setTimeout(() => this.restart(), UNADMITTED_MS)
  }

  #listen(): void {
    const { events } = this.#options
    this.#socket.on('connect_error', (error) => this.#lost(this.#unreachable(reasonOf(error), error)))
    this.#socket.on('disconnect', (reason) => this.#lost(this.#unreachable(reason)))
    this.#on('challenge', challengeSchema, (challenge, answer) => {
      if (this.#isUp) return
      if (challenge.proto !== PROTOCOL) {
        this.#lost(versionError(challenge.proto))
      } else if (typeof answer === 'function') {
        answer(this.#auth(challenge.nonce))
      }
    })
    this.#on('welcome', welcomeSchema, () => {
      if (this.#isUp) return
      clearTimeout(this.#timer)
      this.#failures = 0
      this.#isUp = true
      events.up()
    })
    this.#on('refused', refusalSchema, ({ code, message, after }) => {
      this.#after = after
      this.#lost(relayRefusal(code, message))
    })
    this.#on('moving', movingSchema, ({ after }) => {
      this.#after = after
    })
    this.#on('undeliverable', undeliverableSchema, (what) => events.undeliverable(what))
    this.#on('gone', v.string(), (address) => events.gone(address))
    this.#on('fleet', v.pipe(v.string(), v.maxLength(FLEET_BYTES)), (jws) => events.fleet(jws))
    this.#on('machine', jwsSchema, (jws) => events.machine(jws))
    this.#on('twins', v.pipe(v.array(jwsSchema), v.maxLength(MOST_OTHERS)), (list) => events.twins(list))
    this.#on('roster', v.array(rosterEntrySchema), (entries) => events.roster(entries))
    this.#socket.on('envelope', (from, body) => {
      if (this.#isUp && isEnvelope(from, body)) events.envelope(from, asBuffer(body))
    })
  }

  /** What does not fit its schema is dropped: the relay is not trusted to be well behaved. */
  #on<S extends v.GenericSchema>(
    event: Exclude<keyof RelayToClient, 'envelope'>,
    schema: S,
    listener: (value: v.InferOutput<S>, answer: unknown) => void,
  ): void {
    this.#socket.on(event, (...args: unknown[]) => {
      const parsed = v.safeParse(schema, args[0])
      if (parsed.success) listener(parsed.output, args[1])
    })
  }

  #auth(nonce: string): string {
    const { as, identity, fleet, relay } = this.#options
    const iat = Math.floor(Date.now() / 1000)
    return issueAuth(identity, { key: identity.public, fleet, relay: relay.host, nonce, as, iat })
  }

  #lost(reason: RconsoleError): void {
    if (this.#isClosed || !this.#isTrying) return
    clearTimeout(this.#timer)
    const isNews = this.#isUp || this.#failures === 0
    this.#isUp = false
    this.#isTrying = false
    this.#socket.disconnect()
    const most = Math.min(RECONNECT_FIRST_MS * 2 ** this.#failures, RECONNECT_MOST_MS)
    this.#failures++
    // A relay may ask for more patience than ours, within reason; not for less.
    const asked = Math.min(this.#after ?? 0, RECONNECT_MOST_MS)
    this.#timer = setTimeout(() => this.#connect(), Math.max(asked, Math.random() * most))
    if (isNews || reason.code !== 'RELAY_UNREACHABLE') this.#options.events.down(reason)
  }

  #unreachable(why: string, cause?: unknown): RconsoleError {
    return new RconsoleError(
      'RELAY_UNREACHABLE',
      `cannot reach the relay ${this.#options.relay.url}: ${why}`,
      { cause },
    )
  }
}

function versionError(theirs: number): RconsoleError {
  return new RconsoleError(
    'PROTOCOL_VERSION',
    `the relay speaks protocol ${theirs}, this program ${PROTOCOL}: update the older one`,
  )
}

/** engine.io hides the system's word ("ECONNREFUSED") some levels down. */
function reasonOf(error: Error): string {
  for (let at: unknown = error, depth = 0; depth < 5; depth++) {
    if (typeof at !== 'object' || at === null) break
    if ('code' in at && typeof at.code === 'string') return at.code
    if ('error' in at) at = at.error
    else if ('description' in at) at = at.description
    else if ('cause' in at) at = at.cause
    else break
  }
  return error.message
}
