// What travels inside the seal: a few JSON messages, and data as bytes. Unknown fields are refused.
import * as v from 'valibot'
import type { Chunk } from './action.ts'
import { asBuffer, type Bytes } from './bytes.ts'
import { ERROR_CODES, InvalidMessage } from './errors.ts'
import { FLEET_BYTES, MiB, STREAM_WINDOW } from './limits.ts'
import { explain } from './explain.ts'
import { parseJson } from './statement.ts'

const stream = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0xffff_ffff))
const credit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(STREAM_WINDOW))
const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 52))

const messageSchema = v.variant('t', [
  /** Console: do `action`. `request` is JSON text, so that the signature covers exact bytes. */
  v.strictObject({
    t: v.literal('open'),
    s: stream,
    action: v.pipe(v.string(), v.maxLength(32)),
    request: v.pipe(v.string(), v.maxLength(2 * MiB)),
    /** No effect after this, by the agent's clock (ms). */
    by: milliseconds,
    /** Bytes of output that the console takes before it has consumed any. */
    credit,
    /** 64 bytes in base64url, unless the handshake's own signature covers this message. */
    sig: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{86}$/))),
  }),
  /** Console: end of input. */
  v.strictObject({ t: v.literal('end'), s: stream }),
  /** Console: stop, and say how it ended. */
  v.strictObject({ t: v.literal('cancel'), s: stream }),
  /** Both: a value that is not bytes. */
  v.strictObject({ t: v.literal('value'), s: stream, value: v.unknown() }),
  /** Both: this much was consumed; as much again may be sent (bytes). */
  v.strictObject({ t: v.literal('credit'), s: stream, n: credit }),
  /** Agent: how it ended. */
  v.strictObject({ t: v.literal('result'), s: stream, value: v.unknown() }),
  v.strictObject({
    t: v.literal('error'),
    s: stream,
    code: v.picklist(ERROR_CODES),
    message: v.pipe(v.string(), v.maxLength(2000)),
    /** With LATE: the agent's clock (ms). */
    now: v.optional(milliseconds),
  }),
  /** Agent: this conversation is over, for this reason (`disconnect`, `reset`, `kill`, revocation). */
  v.strictObject({
    t: v.literal('bye'),
    code: v.picklist(ERROR_CODES),
    message: v.pipe(v.string(), v.maxLength(1000)),
  }),
  /** Both: the sender's fleet document, because the other side's is older. It proves itself. */
  v.strictObject({ t: v.literal('document'), jws: v.pipe(v.string(), v.maxLength(FLEET_BYTES)) }),
])
export type Message = v.InferOutput<typeof messageSchema>

/** Bytes of a stream: 0x01 | stream(4) | fd(1) | data. */
export interface Data {
  readonly t: 'data'
  readonly s: number
  readonly chunk: Chunk
}

const DATA = 0x01
const DATA_HEAD = 6

export function encode(message: Message): Bytes {
  return Buffer.from(JSON.stringify(message))
}

export function encodeData(s: number, { fd, data }: Chunk): Bytes {
  const bytes = Buffer.allocUnsafe(DATA_HEAD + data.length)
  bytes[0] = DATA
  bytes.writeUInt32BE(s, 1)
  bytes[5] = fd
  bytes.set(data, DATA_HEAD)
  return bytes
}

/** @throws INVALID_MESSAGE */
export function decode(bytes: Bytes): Message | Data {
  if (bytes[0] === DATA) return decodeData(bytes)
  const parsed = v.safeParse(messageSchema, parseJson(bytes, 'message'))
  if (!parsed.success) throw new InvalidMessage(`message: ${explain(parsed.issues)}`)
  return parsed.output
}

function decodeData(bytes: Bytes): Data {
  if (bytes.length < DATA_HEAD) throw new InvalidMessage('data: expected a stream and a descriptor')
  const fd = bytes[5]
  if (fd !== 0 && fd !== 1 && fd !== 2)
    throw new InvalidMessage(`data: expected descriptor 0, 1 or 2, got ${fd}`)
  return { t: 'data', s: bytes.readUInt32BE(1), chunk: { fd, data: asBuffer(bytes).subarray(DATA_HEAD) } }
}
