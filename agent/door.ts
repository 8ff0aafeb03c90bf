// The door: hellos from consoles are opened, checked in the order of their cost, and become conversations or are dropped.
import { unpackBody, packBody, KIND, NUDGE, type Body } from '../protocol/envelope.ts'
import { type Bytes, NO_BYTES } from '../protocol/bytes.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { findOperator, isNewer, versionOf } from '../protocol/fleet.ts'
import type { AnswerHead, HeardHello, HelloHead } from '../protocol/handshake.ts'
import {
  AGENT_SESSIONS,
  HANDSHAKES_PER_SECOND,
  PREKEY_MS,
  SESSION_GONE_MS,
  SESSION_LOST_MS,
} from '../protocol/limits.ts'
import { Conversation } from './conversation.ts'
import type { Prekeys } from './prekeys.ts'
import { SELDOM_MS, seldom } from './seldom.ts'
import type { AgentServices, Caller } from './services.ts'
import { after } from './timer.ts'

interface Entry {
  readonly conversation: Conversation
  readonly session: string
  /** Where its console was last. */
  address: string
  /** The number of the newest handshake: an older hello cannot undo it. */
  attempt: number
  /** Stops of the timers that run while its console is away. */
  timers: (() => void)[]
}

export class Door {
  readonly #services: AgentServices
  readonly #prekeys: Prekeys
  readonly #send: (to: string, body: Bytes) => void
  /** By operator key and session id. */
  readonly #entries = new Map<string, Entry>()
  /** Sessions that ended, and when (monotonic, ms): a hello of theirs that comes late must not begin them again. */
  readonly #over = new Map<string, number>()
  readonly #dropped = seldom(SELDOM_MS, (skipped: number, { code }: RconsoleError) => {
    this.#services.log.warn({ code, skipped }, 'dropped')
  })
  #tokens = HANDSHAKES_PER_SECOND
  #refilled = performance.now()

  constructor(services: AgentServices, prekeys: Prekeys, send: (to: string, body: Bytes) => void) {
    this.#services = services
    this.#prekeys = prekeys
    this.#send = send
  }

  /** An envelope from the relay: `from` is its word, and only says where answers go. */
  receive(from: string, bytes: Bytes): void {
    const body = unpackBody(bytes)
    if (body === undefined) return
    try {
      if (body.kind === KIND.hello) this.#hello(from, body)
      else if (body.kind === KIND.frame && this.#services.refusal === undefined) this.#frame(from, body)
    } catch (error) {
      // Sealed to us, and not what it should be: dropped like anything forged, and counted in the log.
      this.#dropped(toRconsoleError(error))
    }
  }

  /** The relay says that a console left: its streams wait as long as they were told to. */
  gone(address: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.address === address) this.#await(entry, SESSION_GONE_MS)
    }
  }

  /** Our own connection to the relay is lost: everyone is away, and nobody said that they left. */
  down(): void {
    for (const entry of this.#entries.values()) {
      entry.conversation.suspend()
      this.#clear(entry)
      this.#end(entry, SESSION_LOST_MS)
    }
  }

  /** End the sessions of one operator, or all. */
  end(reason: RconsoleError, operator?: string): void {
    for (const { conversation } of this.#entries.values()) {
      if (operator === undefined || conversation.caller.key === operator) conversation.end(reason)
    }
  }

  /** Look again at who may: after a new document. */
  reauthorize(): void {
    const now = Math.floor(Date.now() / 1000)
    for (const { conversation } of this.#entries.values()) conversation.reauthorize(now)
  }

  /** The machine was frozen: shells hang up, runs hear nothing more. */
  freeze(reason: RconsoleError): void {
    for (const { conversation } of this.#entries.values()) conversation.freeze(reason)
  }

  /** Who has a session, one entry each. */
  get callers(): readonly Caller[] {
    return [...this.#entries.values()].map(({ conversation }) => conversation.caller)
  }

  #hello(from: string, { session, payload }: Body): void {
    if (!this.#isInRate()) return
    const opened = this.#prekeys.open(payload)
    if (opened === undefined) {
      this.#nudge(from, session, NUDGE.unknownPrekey)
      return
    }
    const { hello, isNew, remember } = opened
    if (!isNew()) return
    const { head, document, first } = hello.content()
    // It proves itself, whoever brings it: also an operator whom only the newer document names.
    if (document !== undefined) this.#services.adopt(document)
    const known = this.#callerOf(hello)
    const caller = known instanceof RconsoleError ? known : (this.#services.refusal ?? known)
    if (caller instanceof RconsoleError) {
      this.#answer(from, session, hello, { ...this.#head(0), error: errorOf(caller) })
      return
    }
    if (!hello.isSigned()) return
    remember()
    if (head.session !== session) return
    this.#greet(from, { caller, hello, head, first })
  }

  #greet(from: string, { caller, hello, head, first }: Greeting): void {
    const key = `${caller.key}/${head.session}`
    const known = this.#entries.get(key)
    if (known !== undefined && head.attempt <= known.attempt) return
    const refusal =
      this.#refuseOutdated(head) ?? (known === undefined ? this.#refuseNew(key, head) : undefined)
    if (refusal !== undefined) {
      this.#answer(from, head.session, hello, { ...this.#head(0), error: refusal })
      return
    }
    const entry = known ?? this.#add(key, caller, head.session)
    this.#clear(entry)
    entry.address = from
    entry.attempt = head.attempt
    const { conversation } = entry
    conversation.suspend()
    if (first.length > 0) conversation.deliver(head.next, first)
    if (conversation.ended !== undefined) {
      // Its goodbye had no keys to travel under yet.
      this.#answer(from, head.session, hello, { ...this.#head(0), error: errorOf(conversation.ended) })
      return
    }
    const transport = this.#answer(from, head.session, hello, this.#head(conversation.want))
    conversation.begin(transport, head.want)
    if (isNewer(versionOf(this.#services.fleet), head.doc)) conversation.handOver()
  }

  /** Whoever knows of a newer document hands it over first: it may have taken something from them, or from someone. */
  #refuseOutdated({ doc }: HelloHead): AnswerHead['error'] {
    const { fleet, name } = this.#services
    const held = versionOf(fleet)
    if (!isNewer(doc, held)) return undefined
    return {
      code: 'OUTDATED',
      message: `${name} holds fleet document ${held.v} and could not take the console’s ${doc.v}; its log says why`,
    }
  }

  /** A session that this process does not know, or that is over, cannot be gone on with. */
  #refuseNew(key: string, head: HelloHead): AnswerHead['error'] {
    if (this.#over.has(key) || head.want > 0 || head.next > 0) {
      return {
        code: 'LOST',
        message: `${this.#services.name} does not know this session any more; what it asked for may have run`,
      }
    }
    if (this.#entries.size < AGENT_SESSIONS) return undefined
    const idle = [...this.#entries.values()].find(({ conversation }) => conversation.isIdle)
    if (idle === undefined)
      return { code: 'BUSY', message: `${this.#services.name} has ${AGENT_SESSIONS} sessions at work` }
    idle.conversation.end(new RconsoleError('BUSY', 'made room for another session'))
    return undefined
  }

  #add(key: string, caller: Caller, session: string): Entry {
    const conversation = new Conversation(caller, this.#services, {
      head: packBody(KIND.frame, session, NO_BYTES),
      transmit: (body) => this.#send(entry.address, body),
      stalled: () => this.#nudge(entry.address, session, NUDGE.stalled),
      closed: () => {
        this.#clear(entry)
        this.#entries.delete(key)
        this.#rememberOver(key)
      },
    })
    const entry: Entry = { conversation, session, address: '', attempt: -1, timers: [] }
    this.#entries.set(key, entry)
    return entry
  }

  /** For as long as any prekey lives that one of its hellos may be sealed to. */
  #rememberOver(key: string): void {
    const now = performance.now()
    for (const [old, at] of this.#over) {
      if (now - at < 2 * PREKEY_MS) break
      this.#over.delete(old)
    }
    this.#over.set(key, now)
  }

  #frame(from: string, { session, payload }: Body): void {
    let isKnown = false
    for (const entry of this.#entries.values()) {
      if (entry.session !== session || entry.address !== from) continue
      isKnown = true
      entry.conversation.receive(payload)
    }
    if (!isKnown) this.#nudge(from, session, NUDGE.unknownSession)
  }

  #await(entry: Entry, ms: number): void {
    const { conversation } = entry
    conversation.suspend()
    this.#clear(entry)
    // Nothing under way and nothing that it has not heard: there is nothing to keep it for.
    if (conversation.isIdle && conversation.isHeard) {
      conversation.end(new RconsoleError('GONE', 'the console is gone'))
      return
    }
    const graces = new Set(conversation.graces().map((grace) => grace ?? ms))
    for (const grace of graces) entry.timers.push(after(grace, () => conversation.expire(grace)))
    this.#end(entry, Math.max(ms, ...graces))
  }

  #end(entry: Entry, ms: number): void {
    const reason = new RconsoleError('GONE', 'the console is gone')
    entry.timers.push(after(ms, () => entry.conversation.end(reason)))
  }

  #clear(entry: Entry): void {
    for (const stop of entry.timers) stop()
    entry.timers = []
  }

  /** The operator's entry in the document, looked up before any signature of theirs is verified. */
  #callerOf(hello: HeardHello): Caller | RconsoleError {
    try {
      const { name, key } = findOperator(this.#services.fleet, hello.operator, Math.floor(Date.now() / 1000))
      return { name, key }
    } catch (error) {
      return toRconsoleError(error)
    }
  }

  #head(want: number): AnswerHead {
    return { want, now: Date.now(), doc: versionOf(this.#services.fleet) }
  }

  #answer(
    to: string,
    session: string,
    hello: HeardHello,
    head: AnswerHead,
  ): ReturnType<HeardHello['answer']>['transport'] {
    const { message, transport } = hello.answer(head)
    this.#send(to, packBody(KIND.answer, session, message))
    return transport
  }

  #nudge(to: string, session: string, why: number): void {
    this.#send(to, packBody(KIND.nudge, session, Buffer.of(why)))
  }

  /** A bucket of handshakes: each costs 0.4 ms, and a flood of them must leave time for the work. */
  #isInRate(): boolean {
    const now = performance.now()
    const refill = ((now - this.#refilled) / 1000) * HANDSHAKES_PER_SECOND
    this.#tokens = Math.min(HANDSHAKES_PER_SECOND, this.#tokens + refill)
    this.#refilled = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}

/** As it fits into an answer. */
function errorOf({ code, message }: RconsoleError): AnswerHead['error'] {
  return { code, message: message.slice(0, 1000) }
}

interface Greeting {
  readonly caller: Caller
  readonly hello: HeardHello
  readonly head: HelloHead
  readonly first: Bytes
}
