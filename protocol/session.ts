// A sealed, numbered, acknowledged conversation that outlives its transport. Each handshake gives it new keys; the
// numbers go on, and what was not acknowledged is sealed anew: resuming, rekeying and re-authorising are one path.
import { type Bytes, NO_BYTES, u48 } from './bytes.ts'
import { InvalidMessage, RconsoleError } from './errors.ts'
import { Assembler, fragments } from './fragments.ts'
import { EFFECT_MS, KEEPALIVE_MS, REKEY_FRAMES, REKEY_MS, STALL_MS, UNACKED_BYTES } from './limits.ts'
import type { Transport } from './noise.ts'
import { padParts, unpad } from './padding.ts'

const SEQUENCE_BYTES = 6
/** A frame that has to be sent again costs its length and this much of bookkeeping (bytes). */
const FRAME_COST = 256
/** Acknowledge at once after this much (bytes), a quarter of a stream's window; else after a moment (ms). */
const ACK_BYTES = 256 * 1024
const ACK_MS = 20
const TICK_MS = 2_000

export interface SessionEvents {
  /** What stands before each frame on its way, unsealed. */
  readonly head?: Bytes
  /** Send a frame, behind `head`, to the other end. It may get lost. */
  transmit(frame: Bytes): void
  message(message: Bytes): void
  /** Everything that was sent has arrived. */
  flushed?(): void
  /** Nothing arrives, or something is missing: a new handshake is needed. May be said more than once. */
  stalled(): void
  /** The keys have been used long enough: a new handshake is due. Said again until there is one. */
  aged(): void
  /** The other end broke the rules, or took nothing for too long: the session is over. */
  failed(error: RconsoleError): void
}

interface Unacknowledged {
  readonly sequence: number
  readonly message: Uint8Array
  readonly at: number
}

/** seq(6) | AEAD( ack(6) | len(3) | message | zeros ); seq is the nonce; an empty message only acknowledges. */
export class Session {
  readonly #events: SessionEvents
  readonly #assembler = new Assembler()
  #transport: Transport | undefined
  #next = 0
  #want = 0
  #unacknowledged: Unacknowledged[] = []
  #held = 0
  /** How many of those carry a message: acknowledgements alone are not waited for. */
  #contentful = 0
  #unackedReceived = 0
  #ackTimer: NodeJS.Timeout | undefined
  #tick: NodeJS.Timeout | undefined
  #lastSent = 0
  #lastReceived = 0
  #isBusy = false
  /** An idle session hears nothing; silence counts from here. */
  #busySince = 0
  readonly #rekey: { readonly frames: number; readonly ms: number }
  /** Frames sealed under the present key, and since when there is one (monotonic, ms). */
  #sealed = 0
  #begun = 0
  #closed = false

  /** `rekey`: how long one key is used (frames, ms); smaller in tests. */
  constructor(events: SessionEvents, rekey = { frames: REKEY_FRAMES, ms: REKEY_MS }) {
    this.#events = events
    this.#rekey = rekey
  }

  /** Whether the keys have been used long enough. */
  get isAged(): boolean {
    return this.#sealed > this.#rekey.frames || performance.now() - this.#begun > this.#rekey.ms
  }

  /** The number of the next message wanted from the other end. */
  get want(): number {
    return this.#want
  }

  /** The first message that the other end may not have, and its number. */
  get first(): { readonly sequence: number; readonly message: Uint8Array | undefined } {
    const [first] = this.#unacknowledged
    return { sequence: first?.sequence ?? this.#next, message: first?.message }
  }

  /** Whether the other end has acknowledged every message. */
  get isHeard(): boolean {
    return this.#contentful === 0
  }

  /** Milliseconds since something authentic came from the other end. */
  get silence(): number {
    return performance.now() - this.#lastReceived
  }

  get isUp(): boolean {
    return this.#transport !== undefined
  }

  /** Streams are open: send a sign of life every few seconds and expect one. */
  set busy(isBusy: boolean) {
    if (isBusy && !this.#isBusy) this.#busySince = performance.now()
    this.#isBusy = isBusy
    if (isBusy) this.#watch()
  }

  /**
   * Take the keys of a new handshake; `theirWant` is the first number that the other end still wants.
   * Everything from there on is sealed anew: no key of an earlier transport seals again.
   */
  begin(transport: Transport, theirWant: number): void {
    if (this.#closed) return
    if (theirWant > this.#next) {
      this.#closeWith(new InvalidMessage('the other end acknowledged what was never sent'))
      return
    }
    this.#transport = transport
    this.#sealed = 0
    this.#begun = performance.now()
    this.#lastReceived = this.#begun
    this.#acknowledge(theirWant)
    const at = this.#lastReceived
    this.#unacknowledged = this.#unacknowledged.map((waiting) => ({ ...waiting, at }))
    // A copy: whoever sends from within `transmit` lengthens the list, and no number is sealed twice under one key.
    for (const { sequence, message } of this.#unacknowledged.slice())
      this.#transmit(transport, sequence, message)
    this.#watch()
  }

  /** A message that arrived inside the handshake itself, under `sequence`. Ignored when it is already known. */
  deliver(sequence: number, message: Bytes): void {
    if (sequence === this.#want) this.#accept(message)
  }

  /** The transport is gone: keep everything, send nothing. */
  suspend(): void {
    this.#transport = undefined
    this.#clearTimers()
  }

  /** Send `message` (at most 2 MiB), now or after the next handshake. */
  send(message: Uint8Array): void {
    for (const fragment of fragments(message)) this.#enqueue(fragment)
  }

  /** A frame from the network: dropped unless it is authentic and new. */
  receive(frame: Bytes): void {
    const transport = this.#transport
    if (this.#closed || transport === undefined || frame.length < SEQUENCE_BYTES) return
    const sequence = frame.readUIntBE(0, SEQUENCE_BYTES)
    if (sequence < this.#want) return
    const plain = transport.receive.open(sequence, frame.subarray(SEQUENCE_BYTES))
    if (plain === undefined) return
    // What was held back for so long takes no effect before a new handshake; nor does what comes after a gap.
    if (sequence > this.#want || this.silence > EFFECT_MS) {
      this.#events.stalled()
      return
    }
    this.#lastReceived = performance.now()
    try {
      const message = unpad(plain, SEQUENCE_BYTES)
      const ack = plain.readUIntBE(0, SEQUENCE_BYTES)
      if (ack > this.#next) throw new InvalidMessage('the other end acknowledged what was never sent')
      this.#acknowledge(ack)
      this.#accept(message)
    } catch (error) {
      this.#closeWith(error)
    }
  }

  /** Send nothing more and forget everything. */
  close(): void {
    this.#closed = true
    this.#unacknowledged = []
    this.#held = 0
    this.suspend()
  }

  #accept(message: Bytes): void {
    this.#want++
    if (message.length === 0) return
    this.#unackedReceived += message.length + FRAME_COST
    if (this.#unackedReceived >= ACK_BYTES) this.#enqueue(NO_BYTES)
    else this.#ackTimer ??= setTimeout(() => this.#enqueue(NO_BYTES), ACK_MS)
    const whole = this.#assembler.add(message)
    if (whole !== undefined) this.#events.message(whole)
  }

  #enqueue(message: Uint8Array): void {
    if (this.#closed) return
    const sequence = this.#next++
    this.#unacknowledged.push({ sequence, message, at: performance.now() })
    this.#held += message.length + FRAME_COST
    if (message.length > 0) this.#contentful++
    if (this.#held > UNACKED_BYTES) {
      this.#closeWith(new RconsoleError('SLOW', 'the other end acknowledged nothing for too long'))
      return
    }
    if (this.#transport !== undefined) this.#transmit(this.#transport, sequence, message)
    this.#watch()
  }

  #transmit(transport: Transport, sequence: number, message: Uint8Array): void {
    clearTimeout(this.#ackTimer)
    this.#ackTimer = undefined
    this.#unackedReceived = 0
    this.#lastSent = performance.now()
    this.#sealed++
    const { head = NO_BYTES } = this.#events
    const plain = padParts(u48(this.#want), message)
    this.#events.transmit(transport.send.sealParts(sequence, { plain, before: [head, u48(sequence)] }))
  }

  /** The other end has everything below `want`. */
  #acknowledge(want: number): void {
    const before = this.#contentful
    let count = 0
    for (const { sequence, message } of this.#unacknowledged) {
      if (sequence >= want) break
      this.#held -= message.length + FRAME_COST
      if (message.length > 0) this.#contentful--
      count++
    }
    this.#unacknowledged.splice(0, count)
    if (before > 0 && this.#contentful === 0) this.#events.flushed?.()
  }

  /** While a message waits for its acknowledgement, silence is looked at; an idle session costs no timer. */
  #watch(): void {
    if (this.#transport === undefined || this.#tick !== undefined) return
    this.#tick = setInterval(() => this.#check(), TICK_MS)
    this.#tick.unref()
  }

  #check(): void {
    const now = performance.now()
    const waiting = this.#unacknowledged.find(({ message }) => message.length > 0)
    if (waiting === undefined && !this.#isBusy) {
      clearInterval(this.#tick)
      this.#tick = undefined
      return
    }
    const isSilent = this.#isBusy && now - Math.max(this.#lastReceived, this.#busySince) > STALL_MS
    if (isSilent || (waiting !== undefined && now - waiting.at > STALL_MS)) {
      this.#events.stalled()
    } else if (this.isAged) {
      this.#events.aged()
    } else if (now - this.#lastSent > KEEPALIVE_MS) {
      this.#enqueue(NO_BYTES)
    }
  }

  #closeWith(error: unknown): void {
    if (this.#closed) return
    this.close()
    this.#events.failed(
      error instanceof RconsoleError
        ? error
        : new RconsoleError('INTERNAL', 'a message could not be taken', { cause: error }),
    )
  }

  #clearTimers(): void {
    clearTimeout(this.#ackTimer)
    this.#ackTimer = undefined
    clearInterval(this.#tick)
    this.#tick = undefined
  }
}
