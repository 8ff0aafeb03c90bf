// One session on the agent: an operator's streams, each verified, authorised and allowed before it starts.
import { type ActionName, actions, isActionName } from '../protocol/actions/index.ts'
import type { Bytes } from '../protocol/bytes.ts'
import { InvalidMessage, RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import type { Need } from '../protocol/action.ts'
import { authorize, type Role } from '../protocol/fleet.ts'
import { SESSION_STREAMS } from '../protocol/limits.ts'
import { type Data, decode, encode, type Message } from '../protocol/messages.ts'
import type { Transport } from '../protocol/noise.ts'
import { isRequestSigned, requestHash } from '../protocol/request-signature.ts'
import { Session } from '../protocol/session.ts'
import { parseJson } from '../protocol/statement.ts'
import type { Request } from './receipts.ts'
import type { Permit } from './gate.ts'
import { Serving } from './serving.ts'
import type { AgentServices, Caller } from './services.ts'
import { Ticket } from './ticket.ts'

type Open = Extract<Message, { t: 'open' }>

interface Admitted {
  readonly action: ActionName
  /** Parsed by the action's own schema. */
  readonly request: unknown
  readonly grace: number | undefined
  readonly need: Need
  readonly permit: Permit
}

/** An answer that has not been acknowledged after this long is taken to have arrived (ms). */
const FLUSH_MS = 2_000

export interface ConversationEvents {
  /** The envelope's, before each frame. */
  readonly head: Bytes
  transmit(body: Bytes): void
  stalled(): void
  /** The session is over and nothing of it is left. */
  closed(): void
}

export class Conversation {
  readonly caller: Caller
  readonly #services: AgentServices
  readonly #events: ConversationEvents
  readonly #session: Session
  readonly #streams = new Map<number, Serving>()
  #lastStream = 0
  #flushing: (() => void)[] = []
  #ended: RconsoleError | undefined

  constructor(caller: Caller, services: AgentServices, events: ConversationEvents) {
    this.caller = caller
    this.#services = services
    this.#events = events
    this.#session = new Session({
      head: events.head,
      transmit: (body) => events.transmit(body),
      message: (message) => this.#message(message),
      flushed: () => this.#flushed(),
      stalled: () => events.stalled(),
      // Only a console can shake hands: it is asked to.
      aged: () => events.stalled(),
      failed: (error) => this.end(error),
    })
  }

  get want(): number {
    return this.#session.want
  }

  /** Why it is over, if it is. */
  get ended(): RconsoleError | undefined {
    return this.#ended
  }

  /** Whether the console has acknowledged all that it was sent. */
  get isHeard(): boolean {
    return this.#session.isHeard
  }

  get isIdle(): boolean {
    return this.#streams.size === 0
  }

  /** The message that came inside a hello. */
  deliver(sequence: number, message: Bytes): void {
    try {
      this.#session.deliver(sequence, message)
    } catch (error) {
      this.end(toRconsoleError(error))
    }
  }

  begin(transport: Transport, theirWant: number): void {
    this.#session.begin(transport, theirWant)
  }

  /** Give the console our document: its own is older. */
  handOver(): void {
    this.#session.send(encode({ t: 'document', jws: this.#services.fleet.jws }))
  }

  receive(frame: Bytes): void {
    this.#session.receive(frame)
  }

  suspend(): void {
    this.#session.suspend()
  }

  /** How long each open stream would wait for a console that has left (ms). */
  graces(): (number | undefined)[] {
    return [...this.#streams.values()].map((serving) => serving.grace)
  }

  /** The console has been gone for `ms`: end the streams that wait no longer. */
  expire(ms: number): void {
    for (const serving of this.#streams.values()) {
      if (serving.grace !== undefined && serving.grace <= ms)
        serving.gone(new RconsoleError('GONE', 'the console is gone'))
    }
  }

  /** Tell the console, end its streams, forget the session. */
  end(reason: RconsoleError): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    this.#session.send(encode({ t: 'bye', code: reason.code, message: reason.message.slice(0, 1000) }))
    // To a stream every end of its session is the same: its console is gone. Runs go on, shells end.
    const gone = new RconsoleError('GONE', reason.message)
    for (const serving of this.#streams.values()) serving.gone(gone)
    this.#session.close()
    this.#flushed()
    this.#events.closed()
  }

  /** Look again at who may: after a new document, and as time passes. Shells end, runs go on without their console. */
  reauthorize(now: number): void {
    const mayStill = (role: Role): RconsoleError | undefined => {
      try {
        authorize(this.#services.fleet, this.caller.key, role, this.#services.labels, now)
        return undefined
      } catch (error) {
        return toRconsoleError(error)
      }
    }
    const refusal = mayStill('viewer')
    if (refusal !== undefined) this.end(refusal)
    for (const serving of this.#streams.values()) {
      const reason = mayStill(serving.role)
      if (reason !== undefined) serving.gone(new RconsoleError('GONE', reason.message))
    }
  }

  /** The machine was frozen. */
  freeze(reason: RconsoleError): void {
    for (const serving of this.#streams.values()) serving.freeze(reason)
  }

  #message(bytes: Bytes): void {
    try {
      this.#take(decode(bytes), bytes.length)
    } catch (error) {
      this.end(toRconsoleError(error))
    }
  }

  #take(message: Message | Data, size: number): void {
    const serving = this.#streams.get('s' in message ? message.s : 0)
    switch (message.t) {
      case 'open':
        this.#open(message)
        return
      case 'document':
        this.#services.adopt(message.jws)
        return
      // What follows is for a stream; one that has ended meanwhile needs nothing any more.
      case 'data':
        serving?.push(message.chunk, message.chunk.data.length)
        return
      case 'value':
        serving?.push(message.value, size)
        return
      case 'end':
        serving?.endInput()
        return
      case 'cancel':
        serving?.cancel()
        return
      case 'credit':
        serving?.grant(message.n)
        return
      case 'result':
      case 'error':
      case 'bye':
        throw new InvalidMessage(`an agent was sent ${message.t}, which only agents send`)
      default:
        message satisfies never
    }
  }

  #open(open: Open): void {
    if (open.s <= this.#lastStream) throw new InvalidMessage('a stream was opened twice')
    this.#lastStream = open.s
    let signed: Request | undefined
    try {
      signed = this.#signed(open)
      this.#start(open, signed, this.#admit(open))
    } catch (error) {
      const { code, message } = toRconsoleError(error)
      // What nobody signed leaves no receipt, or anyone could fill the disk with them.
      if (signed !== undefined) this.#services.receipts.noted(signed, { word: 'refused', code })
      const clock = code === 'LATE' ? { now: Date.now() } : {}
      this.#session.send(encode({ t: 'error', s: open.s, code, message: message.slice(0, 2000), ...clock }))
      this.#services.log.warn({ action: open.action, operator: this.caller.name, code }, 'refused')
    }
  }

  /** Each request carries its operator's own signature, for the receipt to keep. @throws BAD_SIGNATURE */
  #signed({ action, request, by, sig }: Open): Request {
    const { caller } = this
    const { fleet, identity } = this.#services
    const hash = requestHash({ action, request, by })
    if (sig === undefined || !isRequestSigned(fleet.body.fleet, identity.public, caller.key, { hash, sig })) {
      throw new RconsoleError('BAD_SIGNATURE', 'the request is not signed by the operator of this session')
    }
    return { operator: caller, action, request, by, hash, sig }
  }

  /** Guards in the order of their cost. @throws the code of the first that fails */
  #admit(open: Open): Admitted {
    const { caller } = this
    const { fleet, name, labels, gate } = this.#services
    const now = Date.now()
    if (this.#streams.size >= SESSION_STREAMS)
      throw new RconsoleError('BUSY', `at most ${SESSION_STREAMS} streams at once`)
    if (!(now <= open.by))
      throw new RconsoleError('LATE', `${name} got this ${now - open.by} ms too late and did nothing`)
    if (!isActionName(open.action)) {
      const asked = JSON.stringify(open.action)
      throw new RconsoleError('UNKNOWN_ACTION', `${name} does not know the action ${asked}: update its agent`)
    }
    const { request, need, grace } = actions[open.action].read(parseJson(open.request, open.action))
    try {
      authorize(fleet, caller.key, need.role, labels, Math.floor(now / 1000))
    } catch (error) {
      const { code, message } = toRconsoleError(error)
      const remedy = 'a signer of the fleet can change that (rconsole operator add)'
      throw new RconsoleError(code, `${name} refuses ${open.action}: ${message}; ${remedy}`)
    }
    const permit = gate.admit(need, caller)
    return { action: open.action, request, grace, need, permit }
  }

  #start(open: Open, signed: Request, { action, request, grace, need, permit }: Admitted): void {
    const ticket = new Ticket(this.#services.receipts, signed, need)
    this.#services.log.info({ action, operator: this.caller.name, request: signed.hash }, 'started')
    const serving = new Serving(
      {
        id: open.s,
        action,
        request,
        credit: open.credit,
        caller: this.caller,
        ticket,
        permit,
        services: this.#services,
        send: (message) => this.#session.send(message),
        flushed: () => this.#afterFlush(),
      },
      { grace, role: need.role },
    )
    this.#streams.set(open.s, serving)
    this.#session.busy = true
    void serving.serve().finally(() => {
      this.#streams.delete(open.s)
      this.#session.busy = this.#streams.size > 0
    })
  }

  async #afterFlush(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FLUSH_MS)
      this.#flushing.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #flushed(): void {
    const flushing = this.#flushing
    this.#flushing = []
    for (const resolve of flushing) resolve()
  }
}
