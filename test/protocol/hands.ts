// Two sessions joined by hands: frames wait in a queue until they are passed on, dropped, doubled, swapped or changed.
import { dhPair } from '../../protocol/aead.ts'
import { type Bytes, NO_BYTES } from '../../protocol/bytes.ts'
import type { RconsoleError } from '../../protocol/errors.ts'
import { Initiator, respond, type Transport } from '../../protocol/noise.ts'
import { Session } from '../../protocol/session.ts'

export interface End {
  readonly session: Session
  /** Sent and not yet passed on. */
  out: Bytes[]
  readonly messages: string[]
  stalls: number
  renewals: number
  flushes: number
  failure: RconsoleError | undefined
}

export interface Hands {
  readonly a: End
  readonly b: End
  /** A new handshake: both change their keys, and frames under way stay where they are. */
  shake(): void
  /** Pass on everything under way, until nothing moves any more. */
  pass(): void
  /** Numbers that were sealed twice under one key with different content: there must be none. */
  readonly reused: string[]
  close(): void
}

/** The keys of one handshake. */
export function newTransports(): { a: Transport; b: Transport } {
  const prekey = dhPair()
  const initiator = new Initiator(NO_BYTES, prekey.public)
  const answer = respond(
    NO_BYTES,
    prekey,
    initiator.hello(() => NO_BYTES),
  )?.answer(NO_BYTES)
  const transport = initiator.answer(answer?.message ?? NO_BYTES)?.transport
  if (answer === undefined || transport === undefined) throw new Error('the handshake failed')
  return { a: transport, b: answer.transport }
}

/** `onTransmit`: called with each frame as it is sent, inside the sender's own call. */
export function joinHands(
  onTransmit: (from: 'a' | 'b', frame: Bytes) => void = () => undefined,
  rekey?: { readonly frames: number; readonly ms: number },
): Hands {
  let shakes = 0
  const sealed = new Map<string, Bytes>()
  const reused: string[] = []
  const note = (name: string, frame: Bytes): void => {
    const key = `${name} ${shakes} ${frame.readUIntBE(0, 6)}`
    const before = sealed.get(key)
    if (before !== undefined && !before.equals(frame)) reused.push(key)
    sealed.set(key, frame)
  }
  const newEnd = (name: 'a' | 'b'): End => {
    const end: End = {
      session: new Session(
        {
          transmit: (frame) => {
            note(name, frame)
            end.out.push(frame)
            onTransmit(name, frame)
          },
          message: (message) => void end.messages.push(message.toString('latin1')),
          stalled: () => void end.stalls++,
          aged: () => void end.renewals++,
          flushed: () => void end.flushes++,
          failed: (error) => (end.failure = error),
        },
        rekey,
      ),
      out: [],
      messages: [],
      stalls: 0,
      renewals: 0,
      flushes: 0,
      failure: undefined,
    }
    return end
  }
  const [a, b] = [newEnd('a'), newEnd('b')]
  return {
    a,
    b,
    reused,
    shake() {
      const keys = newTransports()
      a.session.suspend()
      b.session.suspend()
      shakes++
      const { want } = b.session
      b.session.begin(keys.b, a.session.want)
      a.session.begin(keys.a, want)
    },
    pass() {
      while (a.out.length + b.out.length > 0) {
        for (const frame of a.out.splice(0)) b.session.receive(frame)
        for (const frame of b.out.splice(0)) a.session.receive(frame)
      }
    },
    close() {
      a.session.close()
      b.session.close()
    },
  }
}

/** Every frame or message with one bit changed, each once. */
export function* flips(bytes: Bytes): Generator<Bytes> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const altered = Buffer.from(bytes)
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield altered
  }
}
