// One session with one machine: shakes hands, opens streams, and goes on after every loss of the transport.
import { randomBytes } from 'node:crypto'
import type { ActionName } from '../protocol/actions/index.ts'
import { type Bytes, NO_BYTES, toBase64url } from '../protocol/bytes.ts'
import { type Body, KIND, packBody } from '../protocol/envelope.ts'
import { RconsoleError, toRconsoleError } from '../protocol/errors.ts'
import { isNewer, type Version, versionOf } from '../protocol/fleet.ts'
import { type AnswerHead, hello, type HelloUnderWay } from '../protocol/handshake.ts'
import {
  EFFECT_MS,
  FIRST_BYTES,
  RESUME_MS,
  SESSION_LOST_MS,
  STALL_MS,
  STREAM_WINDOW,
} from '../protocol/limits.ts'
import { encode } from '../protocol/messages.ts'
import { Session } from '../protocol/session.ts'
import type { Transport } from '../protocol/noise.ts'
import { explainState, type Machine, reachable } from './machine.ts'
import { Openings, type OpeningsOptions } from './opening.ts'
import { type ConsoleStream, Streams } from './streams.ts'

/** A hello that is not answered is said again after this long (ms). */
const ANSWER_MS = 8_000
/** A session that heard nothing for this long shakes hands before it asks for more: the agent would refuse it (ms). */
const STALE_MS = EFFECT_MS * 0.75

export interface ConversationOptions extends OpeningsOptions {
  /** False when there is no connection to the relay. */
  send(to: string, body: Bytes): boolean
  /** Ask the relay again what it knows of this machine. */
  refresh(id: string): void
  /** The transport does not carry anything: dial again. */
  restart(): void
  /** The agent handed over its fleet document. */
  document(jws: string): void
  closed(): void
}

export class Conversation {
  readonly #options: ConversationOptions
  readonly #id = toBase64url(randomBytes(8))
  readonly #session: Session
  readonly #streams: Streams
  readonly #openings: Openings
  #machine: Machine
  #boot: string | undefined
  #attempt = 0
  #underWay: HelloUnderWay | undefined
  /** The document that the agent holds, as it last said or as we gave it. */
  #theirs: Version | undefined
  /** The hello under way brings our document. */
  #isCarrying = false
  #timer: NodeJS.Timeout | undefined
  #lostTimer: NodeJS.Timeout | undefined
  #lastGreeting = -Infinity
  /** The agent has answered once: from then on, silence is waited out. */
  #wasUp = false
  /** The agent's clock minus ours (ms), as last learned under seal. */
  #clock = 0
  #isClosed = false

  constructor(options: ConversationOptions) {
    this.#options = options
    this.#machine = options.machine
    this.#openings = new Openings(options)
    this.#session = new Session({
      head: packBody(KIND.frame, this.#id, NO_BYTES),
      transmit: (body) => void options.send(options.machine.id, body),
      message: (message) => this.#streams.take(message),
      stalled: () => this.#stalled(),
      aged: () => this.#renew(),
      failed: (error) => this.close(error),
    })
    this.#streams = new Streams({
      send: (message) => this.#session.send(message),
      busy: (isBusy) => {
        this.#session.busy = isBusy
      },
      clock: (now) => {
        this.#clock = now - Date.now()
      },
      document: (jws) => options.document(jws),
      failed: (error) => this.close(error),
      over: (id, code) => this.#openings.over(id, code),
    })
  }

  /** 8 bytes in base64url. */
  get id(): string {
    return this.#id
  }

  get machine(): Machine {
    return this.#machine
  }

  /** Ask for `action`; the request rides in the handshake when there is none yet. @throws why the machine cannot be reached */
  open(action: ActionName, request: string, credit = STREAM_WINDOW): ConsoleStream {
    if (!this.#wasUp) reachable(this.#machine, Date.now())
    const stream = this.#streams.add(credit)
    if (this.#session.isUp && (this.#session.silence > STALE_MS || this.#session.isAged))
      this.#session.suspend()
    const by = Date.now() + this.#clock + EFFECT_MS
    this.#session.send(this.#openings.message({ s: stream.id, action, request, by, credit }))
    if (!this.#session.isUp && this.#underWay === undefined) this.#greet()
    return stream
  }

  /** Tell the agent that `stream` is not wanted any more; its result still comes. */
  cancel(stream: ConsoleStream): void {
    this.#streams.say('cancel', stream)
  }

  endInput(stream: ConsoleStream): void {
    this.#streams.say('end', stream)
  }

  /** An answer, a frame or a nudge that the relay handed on. */
  receive({ kind, payload }: Body): void {
    if (kind === KIND.answer) this.#answered(payload)
    else if (kind === KIND.frame) this.#session.receive(payload)
    else if (kind === KIND.nudge) this.#nudged()
  }

  /** We have a newer document: so has the agent, whatever the relay told it. Without keys the next hello sees to that. */
  handOver(): void {
    const { fleet } = this.#options.held
    const ours = versionOf(fleet)
    if (!this.#session.isUp || this.#theirs === undefined || !isNewer(ours, this.#theirs)) return
    this.#theirs = ours
    this.#session.send(encode({ t: 'document', jws: fleet.jws }))
  }

  /** The relay says that the machine is not there. Its word is no evidence of what happened to a request. */
  undeliverable(): void {
    if (this.#isClosed) return
    if (this.#wasUp) this.#suspend()
    else {
      const why = 'unconfirmed (the relay says that it is not connected)'
      this.close(new RconsoleError('OFFLINE', `${this.#machine.name}: ${why}`))
    }
  }

  /** Our own connection to the relay is lost. */
  down(): void {
    if (this.#isClosed) return
    this.#suspend()
    // The limit on handshakes is for a relay that pretends to stall; a new connection is a new start.
    this.#lastGreeting = -Infinity
  }

  /** What is now known of the machine; we are connected to the relay. */
  update(machine: Machine): void {
    this.#machine = machine
    if (this.#isClosed || this.#boot === undefined) return
    const { presence, name } = machine
    if (presence?.left !== undefined && presence.left.word !== 'stop') {
      this.close(new RconsoleError('GONE', `${name}: ${explainState(machine)}`))
    } else if (presence !== undefined && presence.boot !== this.#boot) {
      this.close(
        new RconsoleError('LOST', `${name} restarted meanwhile: what was under way is lost, it may have run`),
      )
    } else if (machine.state === 'online' && !this.#session.isUp) {
      this.#greet()
    }
  }

  close(reason: RconsoleError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#lostTimer)
    this.#session.close()
    this.#streams.end(reason)
    this.#options.closed()
  }

  /** Shake hands: the first time, after a loss, after a stall. At most once in five seconds, but for the first. */
  #greet(): void {
    if (this.#isClosed || this.#machine.presence === undefined) return
    clearTimeout(this.#timer)
    const wait = this.#lastGreeting + RESUME_MS - performance.now()
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#greet(), wait)
      return
    }
    this.#lastGreeting = performance.now()
    const { held, operator } = this.#options
    const { fleet } = held
    const { id, key, presence } = this.#machine
    const { sequence, message } = this.#session.first
    this.#boot ??= presence.boot
    this.#underWay = hello({
      fleet: fleet.body.fleet,
      agentKey: key,
      prekey: presence.pre,
      operator,
      head: {
        session: this.#id,
        attempt: this.#attempt++,
        want: this.#session.want,
        next: sequence,
        doc: versionOf(fleet),
      },
      document: this.#isCarrying ? fleet.jws : undefined,
      // A larger one follows, under its own signature.
      first: message !== undefined && message.length <= FIRST_BYTES ? message : undefined,
    })
    this.#options.send(id, packBody(KIND.hello, this.#id, this.#underWay.message))
    this.#lostTimer ??= setTimeout(() => this.#lost(), this.#wasUp ? SESSION_LOST_MS : STALL_MS)
    this.#timer = setTimeout(() => this.#options.refresh(id), ANSWER_MS)
  }

  #answered(payload: Bytes): void {
    const answer = this.#finish(payload)
    if (answer === undefined) return
    this.#underWay = undefined
    clearTimeout(this.#timer)
    clearTimeout(this.#lostTimer)
    this.#lostTimer = undefined
    const { head, transport } = answer
    this.#clock = head.now - Date.now()
    const isRefused = head.error !== undefined
    if (isRefused && !this.#isCarrying && isNewer(versionOf(this.#options.held.fleet), head.doc)) {
      // Whatever its reason was, it judged by an older document than there is.
      this.#carry()
      return
    }
    this.#isCarrying = false
    this.#theirs = head.doc
    if (head.error !== undefined) {
      this.close(new RconsoleError(head.error.code, head.error.message))
      return
    }
    this.#wasUp = true
    this.#session.begin(transport, head.want)
    // One that came while the hello was under way.
    this.handOver()
  }

  /** Say hello again, with our document: an answer under seal asked for it, so that no relay can make us repeat this. */
  #carry(): void {
    this.#isCarrying = true
    this.#lastGreeting = -Infinity
    this.#greet()
  }

  #finish(payload: Bytes): { head: AnswerHead; transport: Transport } | undefined {
    try {
      return this.#underWay?.finish(payload)
    } catch (error) {
      // Authentic, and still not an answer: the agent is broken or of another version.
      this.close(toRconsoleError(error))
      return undefined
    }
  }

  /** A hint, unsealed: look again at the machine's presence and shake hands. */
  #nudged(): void {
    this.#session.suspend()
    this.#lostTimer ??= setTimeout(() => this.#lost(), SESSION_LOST_MS)
    this.#options.refresh(this.#machine.id)
  }

  /** The keys are old, and nothing is wrong. */
  #renew(): void {
    this.#session.suspend()
    this.#greet()
  }

  #stalled(): void {
    this.#session.suspend()
    if (performance.now() - this.#lastGreeting > STALL_MS) this.#options.restart()
    else this.#greet()
  }

  #suspend(): void {
    this.#session.suspend()
    this.#underWay = undefined
    clearTimeout(this.#timer)
    this.#lostTimer ??= setTimeout(() => this.#lost(), SESSION_LOST_MS)
  }

  #lost(): void {
    const { name } = this.#machine
    const what = this.#wasUp
      ? 'has not answered for 15 minutes; what was under way may have gone on'
      : 'does not answer; unconfirmed whether it got the request'
    this.close(new RconsoleError('LOST', `${name} ${what}`))
  }
}
