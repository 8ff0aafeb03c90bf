// What a hostile relay does with an envelope: hands it on, or does one of a dozen other things.
import { type Bytes, fromBase64url } from '../../protocol/bytes.ts'
import { KIND, NUDGE, packBody, PROTOCOL } from '../../protocol/envelope.ts'
import { hello } from '../../protocol/handshake.ts'
import { identity } from '../../protocol/keys.ts'
import { encode } from '../../protocol/messages.ts'
import { readPresence } from '../../protocol/presence.ts'
import type { Peer } from '../../relay/router.ts'
import type { Dice } from './dice.ts'

export interface Envelope {
  readonly from: Peer
  readonly to: string
  readonly body: Bytes
}

/** What the tricks may use of the relay. */
export interface Hands {
  readonly fleet: string
  /** A line for a shell that must never run. */
  readonly evil: string
  readonly peers: () => readonly Peer[]
  /** The newest presence of each agent, by address. */
  readonly presences: ReadonlyMap<string, string>
  /** A key that an operator really has: its public half, which the fleet document tells everyone. */
  readonly operatorKey: () => string | undefined
  readonly hand: (envelope: Envelope) => void
  /** Later (ms), if the relay still is there. */
  readonly later: (ms: number, action: () => void) => void
  /** Throw a client off. */
  readonly cut: (peer: Peer) => void
}

/** Envelopes of the past, to be played again. */
export class Archive {
  readonly #kept: Envelope[] = []

  keep(envelope: Envelope): void {
    this.#kept.push(envelope)
    if (this.#kept.length > 512) this.#kept.shift()
  }

  one(dice: Dice, isLike: (envelope: Envelope) => boolean = () => true): Envelope | undefined {
    return dice.one(this.#kept.filter(isLike))
  }
}

type Trick = (envelope: Envelope, dice: Dice, hands: Hands, archive: Archive) => void

/** By the name under which they are counted. */
export const TRICKS: Readonly<Record<string, Trick>> = {
  drop: () => undefined,
  duplicate(envelope, dice, { hand }) {
    for (let times = dice.between(2, 5); times > 0; times--) hand(envelope)
  },
  delay: (envelope, dice, { later, hand }) => later(dice.between(20, 2_000), () => hand(envelope)),
  /** Held until others have overtaken it. */
  reorder: (envelope, dice, { later, hand }) => later(dice.between(1, 30), () => hand(envelope)),
  flip(envelope, dice, { hand }) {
    const body = Buffer.from(envelope.body)
    const at = dice.between(0, body.length - 1)
    body[at] = (body[at] ?? 0) ^ (1 << dice.between(0, 7))
    hand({ ...envelope, body })
  },
  truncate: (envelope, dice, { hand }) =>
    hand({ ...envelope, body: envelope.body.subarray(0, dice.between(0, envelope.body.length - 1)) }),
  lengthen: (envelope, dice, { hand }) =>
    hand({ ...envelope, body: Buffer.concat([envelope.body, dice.bytes(dice.between(1, 64))]) }),
  /** The frame of one conversation under the number of another. */
  swapSession(envelope, dice, { hand }, archive) {
    const other = archive.one(dice, ({ body }) => !sessionOf(body).equals(sessionOf(envelope.body)))
    const body = Buffer.from(envelope.body)
    body.set(sessionOf(other?.body ?? dice.bytes(9)), 1)
    hand({ ...envelope, body })
  },
  swapKind(envelope, dice, { hand }) {
    const body = Buffer.from(envelope.body)
    body[0] = dice.between(0, 5)
    hand({ ...envelope, body })
  },
  misroute(envelope, dice, { hand, peers }) {
    const to = dice.one(
      peers().filter(({ as, address }) => as !== envelope.from.as && address !== envelope.to),
    )
    hand({ ...envelope, to: to?.address ?? envelope.to })
  },
  /** The relay stamps who it is from: nothing hangs on it but where answers go. */
  restamp(envelope, dice, { hand, peers }) {
    const from = dice.one(peers().filter(({ as }) => as === envelope.from.as)) ?? envelope.from
    hand({ ...envelope, from })
  },
  replay(envelope, dice, { hand, later }, archive) {
    hand(envelope)
    const old = archive.one(dice)
    if (old !== undefined) later(dice.between(0, 500), () => hand(old))
  },
  replayHello(envelope, dice, { hand, later, peers }, archive) {
    hand(envelope)
    const old = archive.one(dice, ({ body }) => body[0] === KIND.hello)
    if (old === undefined) return
    // As if from a console that is here now, or brought to the other machine.
    const from = dice.one(peers().filter(({ as }) => as === 'console')) ?? old.from
    const to = dice.chance(0.5)
      ? old.to
      : (dice.one(peers().filter(({ as }) => as === 'agent'))?.address ?? old.to)
    later(dice.between(0, 3_000), () => hand({ from, to, body: old.body }))
  },
  forgeHello(envelope, dice, hands) {
    hands.hand(envelope)
    const [agent, presence] = dice.one([...hands.presences]) ?? []
    const from = hands.peers().find(({ as }) => as === 'console')
    if (agent === undefined || presence === undefined || from === undefined) return
    hands.hand({ from, to: agent, body: forgedHello(presence, dice, hands) })
  },
  forgeNudge(envelope, dice, { hand }) {
    hand(envelope)
    const session = sessionOf(envelope.body).toString('base64url')
    const why = dice.one([...Object.values(NUDGE), 0, 255]) ?? 0
    hand({ ...envelope, body: packBody(KIND.nudge, session, Buffer.of(why)) })
  },
  noise(envelope, dice, { hand }) {
    hand(envelope)
    hand({ ...envelope, body: dice.bytes(dice.one([0, 1, 8, 9, 10, 57, 200, 4096]) ?? 0) })
  },
}

/** Those after which something is missing: nobody notices before the next message, or 20 s. */
export const LOSING = new Set(['drop', 'flip', 'truncate', 'lengthen', 'swapSession', 'swapKind', 'misroute'])

/** Those that hand the envelope on as it is, and something of their own besides: work goes on, so they may come often. */
export const ATTACKS = ['replay', 'replayHello', 'forgeHello', 'forgeNudge', 'noise', 'duplicate', 'restamp']

/** Sealed rightly to the agent, by somebody else: under a key of their own, or under an operator's without its private half. */
function forgedHello(presence: string, dice: Dice, { fleet, evil, operatorKey }: Hands): Bytes {
  const { agent, pre } = readPresence(presence)
  const own = identity()
  const claimed = operatorKey()
  const isClaiming = claimed !== undefined && dice.chance(0.5)
  const operator = isClaiming ? { ...own, public: claimed, publicBytes: fromBase64url(claimed, 32) } : own
  const session = dice.bytes(8).toString('base64url')
  const request = JSON.stringify({
    id: dice.bytes(16).toString('base64url'),
    program: { argv: ['sh', '-c', evil] },
  })
  const { message } = hello({
    fleet,
    agentKey: agent,
    prekey: pre,
    operator,
    head: { session, attempt: 0, want: 0, next: 0, doc: { n: PROTOCOL, v: 1, hash: 'h'.repeat(43) } },
    first: encode({ t: 'open', s: 1, action: 'run', request, by: Date.now() + 60_000, credit: 1024 }),
  })
  return packBody(KIND.hello, session, message)
}

function sessionOf(body: Bytes): Bytes {
  return body.length < 9 ? Buffer.alloc(8) : body.subarray(1, 9)
}
