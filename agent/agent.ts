// The life of an agent: dial, say who is here, serve, come back, obey the three orders, stop.
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { RequestOf } from '../protocol/actions/index.ts'
import { type Bytes, toBase64url } from '../protocol/bytes.ts'
import { dial } from '../protocol/dial.ts'
import { PROTOCOL } from '../protocol/envelope.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import type { Fleet } from '../protocol/fleet.ts'
import type { Link, LinkEvents } from '../protocol/link.ts'
import { issuePresence, type LifecycleEvent } from '../protocol/presence.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import type { Labels } from '../protocol/statement.ts'
import { VERSION } from '../protocol/version.ts'
import { Clocks } from './clocks.ts'
import type { Documents } from './documents.ts'
import { Door } from './door.ts'
import type { Enrolled } from './home.ts'
import { defaultName, systemName } from './host.ts'
import type { Policy } from './policy.ts'
import { Prekeys } from './prekeys.ts'
import type { Receipts } from './receipts.ts'
import type { Runs } from './runs.ts'
import type { AgentServices, Caller } from './services.ts'
import { after } from './timer.ts'
import { Twins } from './twins.ts'
import type { Works } from './works.ts'

/** How often clocks are compared and the age of the prekey is looked at (ms). */
const WATCH_MS = 5_000
/** How long a relay has for taking the last word (ms). */
const FAREWELL_MS = 2_000
/** Orders that have been obeyed, so that one given twice takes effect once. */
const MOST_ORDERS = 10_000

type Order = RequestOf<'lifecycle'>

export interface AgentOptions {
  readonly relay: RelayUrl
  readonly enrolled: Enrolled
  readonly documents: Documents
  /** Closed by whoever made them. */
  readonly runs: Runs
  /** Read the owner's policy again; at the start and at each reset. @throws HOME */
  readPolicy(): Policy
  readonly log: Logger
  readonly receipts: Receipts
  /** Admitted for the first time, or again. */
  onUp(): void
  /** Socket.IO in production, memory in tests. */
  readonly link?: (events: LinkEvents) => Link
}

/** How an agent ended: `restart` asks the service for a new process. */
export type AgentEnd = 'stopped' | 'killed' | 'restart' | 'forgotten'

export class Agent implements AgentServices {
  readonly #options: AgentOptions
  readonly #door: Door
  readonly #prekeys: Prekeys
  readonly #orders = new Set<string>()
  readonly #ended: Promise<AgentEnd>
  #settle: (end: AgentEnd) => void = () => undefined
  #link: Link | undefined
  #policy: Policy
  #boot = newBoot()
  /** What it came back from, for its next presence. */
  #back: LifecycleEvent | undefined
  #watch: NodeJS.Timeout | undefined
  #stopComeBack: () => void = () => undefined
  /** Orders take effect one after the other: two that both leave would both dial in again, and be a duplicate. */
  #obeying: Promise<void> = Promise.resolve()
  readonly #clocks = new Clocks()
  /** The number of the newest receipt that a presence has told of. */
  #told = 0
  readonly #twins = new Twins()
  #isEnding = false

  constructor(options: AgentOptions) {
    this.#options = options
    this.#policy = options.readPolicy()
    this.#prekeys = new Prekeys(options.enrolled.fleet, options.enrolled.identity.public)
    this.#door = new Door(this, this.#prekeys, (to, body) => void this.#link?.send(to, body))
    this.#ended = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get identity(): Enrolled['identity'] {
    return this.#options.enrolled.identity
  }
  get name(): string {
    return this.#options.documents.name
  }
  get log(): Logger {
    return this.#options.log
  }
  get receipts(): Receipts {
    return this.#options.receipts
  }
  get fleet(): Fleet {
    return this.#options.documents.fleet
  }
  get runs(): Runs {
    return this.#options.runs
  }
  get works(): Works {
    return this.#options.runs.works
  }
  get policy(): Policy {
    return this.#policy
  }
  get labels(): Labels {
    return this.#options.documents.labels
  }

  get refusal(): RconsoleError | undefined {
    return this.#options.documents.refusal ?? this.#twins.refusal(this.name)
  }

  /** Dial and serve until stopped or killed. */
  async live(): Promise<AgentEnd> {
    this.#dial()
    this.#watch = setInterval(() => this.#look(), WATCH_MS)
    return await this.#ended
  }

  /** The process was told to end: say goodbye, end what was started here. */
  async stop(): Promise<void> {
    await this.#leave('stopped', { word: 'stop', by: this.name, at: seconds() })
  }

  obey(order: Order, by: Caller): void {
    if (this.#isEnding || this.#orders.has(order.id)) return
    if (this.#orders.size >= MOST_ORDERS) this.#orders.clear()
    this.#orders.add(order.id)
    this.log.info({ word: order.word, by: by.name }, 'obeying')
    const before = order.word === 'kill' ? Promise.resolve() : this.#obeying
    this.#obeying = before
      .then(() => this.#obey(order, by))
      .catch((error: unknown) => this.log.error({ err: error }, 'an order failed'))
  }

  async #obey(order: Order, by: Caller): Promise<void> {
    const event: LifecycleEvent = { word: order.word, by: by.name, at: seconds() }
    switch (order.word) {
      case 'kill':
        await this.#leave('killed', event)
        return
      case 'reset':
        if (order.killRuns === true) await this.works.end('run', `reset by ${by.name}`)
        if (order.restart === true) await this.#leave('restart', event)
        else await this.#reset(event)
        return
      case 'disconnect':
        await this.#disconnect(order, by, event)
        return
      default:
        order.word satisfies never
    }
  }

  async #disconnect(order: Order, by: Caller, event: LifecycleEvent): Promise<void> {
    const whose = order.for === undefined ? by.key : undefined
    this.#door.end(new RconsoleError('GONE', `disconnected by ${by.name}`), whose)
    if (order.killRuns === true) await this.works.end('run', `disconnected by ${by.name}`, whose)
    if (order.for === undefined) return
    await this.#farewell(event)
    this.#back = event
    this.#stopComeBack()
    this.#stopComeBack = after(order.for, () => this.#dial())
  }

  /** A new boot in the same process: new prekey, policy read again, dialled anew. */
  async #reset(event: LifecycleEvent): Promise<void> {
    this.#door.end(new RconsoleError('GONE', `${this.name} was reset by ${event.by}`))
    await this.#farewell(event)
    try {
      this.#policy = this.#options.readPolicy()
    } catch (error) {
      this.log.error({ err: error }, 'the policy cannot be read; the one before stays in force')
    }
    this.#newBoot()
    this.#back = event
    this.#dial()
  }

  async #leave(end: AgentEnd, event: LifecycleEvent): Promise<void> {
    if (this.#isEnding) return
    this.#isEnding = true
    clearInterval(this.#watch)
    this.#stopComeBack()
    const by = event.word === 'stop' ? 'stopped on the machine' : `was ended by ${event.by} (${event.word})`
    this.#door.end(new RconsoleError('GONE', `${this.name} ${by}`))
    // Whatever fails on the way out, it is the way out.
    await Promise.allSettled([
      this.#farewell(event),
      this.works.end('shell', by),
      this.works.end('run', `its agent ${by}`),
    ])
    this.#settle(end)
  }

  /** The last signed word before leaving the relay: why, and by whose order. */
  async #farewell(left: LifecycleEvent): Promise<void> {
    const link = this.#link
    this.#link = undefined
    // A relay that takes nothing is not waited for.
    await Promise.race([this.#tell(link, { left }), delay(FAREWELL_MS, undefined, { ref: false })])
    await link?.close()
    this.#door.down()
  }

  #dial(): void {
    this.#stopComeBack()
    if (this.#isEnding || this.#link !== undefined) return
    const { relay, enrolled, documents } = this.#options
    const events: LinkEvents = {
      up: () => this.#up(),
      down: (reason) => this.#down(reason),
      envelope: (from: string, body: Bytes) => this.#door.receive(from, body),
      undeliverable: ({ to }) => this.#door.gone(to),
      gone: (address) => this.#door.gone(address),
      fleet: (jws) => this.#changed(documents.adopt(jws)),
      machine: (jws) => this.#changed(documents.learn(jws)),
      twins: (presences) => this.#meet(presences),
      roster: () => undefined,
      head: () => undefined,
    }
    this.#link =
      this.#options.link?.(events) ??
      dial({ relay, as: 'agent', identity: enrolled.identity, fleet: enrolled.fleet, events })
  }

  /** Say who is here, or that we leave. A relay that is not there hears it when it is. */
  async #tell(link: Link | undefined, event: { left?: LifecycleEvent }): Promise<void> {
    if (link?.isUp !== true) return
    try {
      await link.presence(this.#presence(event))
    } catch (error) {
      this.log.warn({ why: toRconsoleError(error).message }, 'presence not taken')
    }
  }

  #up(): void {
    void this.#tell(this.#link, {})
    this.log.info({ relay: this.#options.relay.url }, 'connected')
    this.#options.onUp()
  }

  #down(reason: RconsoleError): void {
    this.log.warn({ code: reason.code, why: reason.message }, 'not connected')
    this.#door.down()
    this.#twins.meet([], { key: this.identity.public, boot: this.#boot })
    // It may be a new relay, or one that lost its data.
    if (reason.code === 'REFUSED') void this.#options.documents.introduce(this.#options.relay)
  }

  /** Documents that changed may have taken something from someone. */
  #changed(isNewer: boolean): void {
    if (!isNewer) return
    const { refusal, isForgotten } = this.#options.documents
    if (refusal !== undefined) this.#door.end(refusal)
    if (isForgotten) void this.#leave('forgotten', { word: 'stop', by: this.name, at: seconds() })
    else this.#door.reauthorize()
  }

  /** Whoever else has our key: while there is someone, nothing takes effect here. */
  #meet(presences: readonly string[]): void {
    const wasAlone = this.#twins.isAlone
    const hosts = this.#twins.meet(presences, { key: this.identity.public, boot: this.#boot })
    if (hosts.length > 0)
      this.log.warn({ hosts }, 'another process has the key of this machine: taking nothing')
    // The other's goodbye is newer than our last word, and consoles go by the newest.
    else if (!wasAlone) void this.#tell(this.#link, {})
  }

  #presence(event: { left?: LifecycleEvent }): string {
    const { head } = this.receipts
    this.#told = head?.n ?? 0
    return issuePresence(this.identity, {
      fleet: this.#options.enrolled.fleet,
      agent: this.identity.public,
      proto: PROTOCOL,
      pre: toBase64url(this.#prekeys.public),
      boot: this.#boot,
      iat: seconds(),
      host: defaultName(),
      os: systemName(),
      ver: VERSION,
      policy: { mode: this.#policy.mode },
      ...(head === undefined ? {} : { head }),
      ...event,
      ...(this.#back === undefined ? {} : { back: this.#back }),
    })
  }

  /** Renew the prekey when it is old; tell of new receipts; forget everything when the clocks say that time was lost. */
  #look(): void {
    this.#door.reauthorize()
    this.runs.prune()
    const parted = this.#clocks.parted()
    if (parted !== undefined) {
      this.log.warn({ ms: parted }, 'the clocks parted (suspended, or set): new keys')
      this.#door.end(new RconsoleError('GONE', `${this.name} was suspended or its clock was set`))
      this.#newBoot()
    } else if (this.#prekeys.due === 0) {
      this.#prekeys.renew()
    } else if (this.receipts.newest === this.#told) {
      return
    }
    void this.#tell(this.#link, {})
  }

  #newBoot(): void {
    this.#prekeys.drop()
    this.#boot = newBoot()
  }
}

const seconds = (): number => Math.floor(Date.now() / 1000)

const newBoot = (): string => toBase64url(randomBytes(16))
