// The life of an agent: dial, say who is here, serve, come back, stop.
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Bytes, toBase64url } from '../protocol/bytes.ts'
import { dial } from '../protocol/dial.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import type { Fleet } from '../protocol/fleet.ts'
import { idOf } from '../protocol/keys.ts'
import type { Link, LinkEvents } from '../protocol/link.ts'
import type { LifecycleEvent } from '../protocol/presence.ts'
import type { RelayUrl } from '../protocol/relay-url.ts'
import type { Labels } from '../protocol/statement.ts'
import { Clocks } from './clocks.ts'
import type { Documents } from './documents.ts'
import { Door } from './door.ts'
import { Gate } from './gate.ts'
import { sayHere } from './here.ts'
import type { Enrolled } from './home.ts'
import { type AgentEnd, type Order, Orders } from './orders.ts'
import type { Policy } from './policy.ts'
import { Prekeys } from './prekeys.ts'
import { Restraint } from './restraint.ts'
import type { Runs } from './runs.ts'
import type { AgentServices, Caller } from './services.ts'
import { after } from './timer.ts'
import { Twins } from './twins.ts'
import type { Works } from './works.ts'

/** How often clocks are compared and the age of the prekey is looked at (ms). */
const WATCH_MS = 5_000
/** How long a relay has for taking the last word (ms). */
const FAREWELL_MS = 2_000

export interface AgentOptions {
  readonly relay: RelayUrl
  /** Its folder. */
  readonly home: string
  readonly enrolled: Enrolled
  readonly documents: Documents
  /** Closed by whoever made them. */
  readonly runs: Runs
  readonly policy: Policy
  /** Read the owner's policy again, at each reset. @throws POLICY */
  readPolicy(): Policy
  readonly log: Logger
  /** Admitted for the first time, or again. */
  onUp(): void
  /** Socket.IO in production, memory in tests. */
  readonly link?: (events: LinkEvents) => Link
}

export class Agent implements AgentServices {
  readonly #options: AgentOptions
  readonly door: Door
  readonly gate: Gate
  readonly restraint: Restraint
  readonly #prekeys: Prekeys
  readonly #orders: Orders
  readonly #ended: Promise<AgentEnd>
  #settle: (end: AgentEnd) => void = () => undefined
  #link: Link | undefined
  #boot = newBoot()
  /** What it came back from, for its next presence. */
  #back: LifecycleEvent | undefined
  #watch: NodeJS.Timeout | undefined
  #stopComeBack: () => void = () => undefined
  readonly #clocks = new Clocks()
  readonly #twins = new Twins()
  #isEnding = false

  constructor(options: AgentOptions) {
    this.#options = options
    this.#prekeys = new Prekeys(options.enrolled.fleet, options.enrolled.identity.public)
    this.gate = new Gate({
      home: options.home,
      name: () => this.name,
      policy: options.policy,
      works: this.works,
      log: options.log,
    })
    this.#orders = new Orders(
      {
        leave: (end, event) => this.#leave(end, event),
        reset: (event) => this.#reset(event),
        away: (event, ms) => this.#away(event, ms),
        endSessions: (reason, operator) => this.door.end(reason, operator),
      },
      this.works,
      options.log,
    )
    this.door = new Door(this, this.#prekeys, (to, body) => void this.#link?.send(to, body))
    const { door, gate, works, name, log } = this
    const tell = (): void => void this.#tell(this.#link, {})
    this.restraint = new Restraint({ name, gate, door, works, log, tell })
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
  get fleet(): Fleet {
    return this.#options.documents.fleet
  }
  get id(): string {
    return idOf(this.identity.public)
  }
  get relay(): string {
    return this.#options.relay.url
  }
  get isUp(): boolean {
    return this.#link?.isUp === true
  }
  get runs(): Runs {
    return this.#options.runs
  }
  get works(): Works {
    return this.#options.runs.works
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

  adopt(jws: string): void {
    this.#changed(this.#options.documents.adopt(jws))
  }

  obey(order: Order, by: Caller): void {
    if (!this.#isEnding) this.#orders.take(order, by)
  }

  async #away(event: LifecycleEvent, ms: number): Promise<void> {
    await this.#farewell(event)
    this.#back = event
    this.#stopComeBack()
    this.#stopComeBack = after(ms, () => this.#dial())
  }

  /** A new boot in the same process: new prekey, policy read again, dialled anew. */
  async #reset(event: LifecycleEvent): Promise<void> {
    this.door.end(new RconsoleError('GONE', `${this.name} was reset by ${event.by}`))
    await this.#farewell(event)
    try {
      this.gate.policy = this.#options.readPolicy()
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
    this.door.end(new RconsoleError('GONE', `${this.name} ${by}`))
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
    this.door.down()
  }

  #dial(): void {
    this.#stopComeBack()
    if (this.#isEnding || this.#link !== undefined) return
    const { relay, enrolled, documents } = this.#options
    const events: LinkEvents = {
      up: () => this.#up(),
      down: (reason) => this.#down(reason),
      envelope: (from: string, body: Bytes) => this.door.receive(from, body),
      undeliverable: ({ to }) => this.door.gone(to),
      gone: (address) => this.door.gone(address),
      fleet: (jws) => this.adopt(jws),
      machine: (jws) => this.#changed(documents.learn(jws)),
      twins: (presences) => this.#meet(presences),
      roster: () => undefined,
    }
    this.#link =
      this.#options.link?.(events) ??
      dial({ relay, as: 'agent', identity: enrolled.identity, fleet: enrolled.fleet, events })
  }

  /** Say who is here, or that we leave. A relay that is not there hears it when it is. */
  async #tell(link: Link | undefined, event: { left?: LifecycleEvent }): Promise<void> {
    if (link?.isUp !== true) return
    try {
      await link.presence(this.#here(event))
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
    this.door.down()
    this.#twins.meet([], { key: this.identity.public, boot: this.#boot })
    // It may be a new relay, or one that lost its data.
    if (reason.code === 'REFUSED') void this.#options.documents.introduce(this.#options.relay)
  }

  /** Documents that changed may have taken something from someone. */
  #changed(isNewer: boolean): void {
    if (!isNewer) return
    const { refusal, isForgotten } = this.#options.documents
    if (refusal !== undefined) this.door.end(refusal)
    if (isForgotten) void this.#leave('forgotten', { word: 'stop', by: this.name, at: seconds() })
    else this.door.reauthorize()
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

  #here(event: { left?: LifecycleEvent }): string {
    const { enrolled } = this.#options
    const { gate } = this
    return sayHere({ enrolled, prekeys: this.#prekeys, gate, boot: this.#boot, back: this.#back, ...event })
  }

  /** Renew the prekey when it is old; forget everything when the clocks say that time was lost. */
  #look(): void {
    this.door.reauthorize()
    if (this.gate.grants.expire().length > 0) this.restraint.granted()
    this.runs.prune()
    const parted = this.#clocks.parted()
    if (parted !== undefined) {
      this.log.warn({ ms: parted }, 'the clocks parted (suspended, or set): new keys')
      this.door.end(new RconsoleError('GONE', `${this.name} was suspended or its clock was set`))
      this.#newBoot()
    } else if (this.#prekeys.due === 0) {
      this.#prekeys.renew()
    } else {
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
