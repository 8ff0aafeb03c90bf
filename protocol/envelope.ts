// All that the relay sees of a conversation: two addresses and a body that it hands on unread.
import { asBuffer, type Bytes, fromBase64url, toBase64url } from './bytes.ts'
import { PACKET_BYTES } from './limits.ts'

/** The version of the sealed protocol and of the relay's own few words. */
export const PROTOCOL = 1

/** What a body is, for the two ends. The relay does not look. */
export const KIND = { hello: 1, answer: 2, frame: 3, nudge: 4 } as const
export type Kind = (typeof KIND)[keyof typeof KIND]

export const SESSION_BYTES = 8
const HEAD_BYTES = 1 + SESSION_BYTES

/** kind(1) | session(8) | payload */
export interface Body {
  readonly kind: Kind
  /** 8 bytes in base64url, chosen by the console. */
  readonly session: string
  readonly payload: Bytes
}

/** A nudge is unsealed, so it is a hint and never evidence: it only makes a console shake hands again sooner. */
export const NUDGE = { unknownPrekey: 1, unknownSession: 2, stalled: 3 } as const

const kinds: ReadonlySet<number> = new Set(Object.values(KIND))

export function packBody(kind: Kind, session: string, payload: Uint8Array): Bytes {
  const body = Buffer.allocUnsafe(HEAD_BYTES + payload.length)
  body[0] = kind
  body.set(fromBase64url(session, SESSION_BYTES), 1)
  body.set(payload, HEAD_BYTES)
  return body
}

/** The parts of a body, or undefined for anything else: bytes from the network are dropped, not answered. */
export function unpackBody(bytes: Uint8Array): Body | undefined {
  const body = asBuffer(bytes)
  const kind = body[0]
  if (body.length < HEAD_BYTES || kind === undefined || !isKind(kind)) return undefined
  return { kind, session: toBase64url(body.subarray(1, HEAD_BYTES)), payload: body.subarray(HEAD_BYTES) }
}

/** Whether two untyped arguments of a Socket.IO event are an envelope. */
export function isEnvelope(peer: unknown, body: unknown): body is Bytes {
  return isAddress(peer) && Buffer.isBuffer(body) && body.length <= PACKET_BYTES
}

/** An agent's id, or the name that the relay gave a console's connection: 20 characters of base64url. */
export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{20}$/.test(value)
}

function isKind(value: number): value is Kind {
  return kinds.has(value)
}
