// Hello and answer: Noise NK to the agent's prekey, the operator's signature over it, the first message inside it.
import * as v from 'valibot'
import { type DhPair } from './aead.ts'
import { type Bytes, fromBase64url, NO_BYTES, toBase64url } from './bytes.ts'
import { ERROR_CODES, InvalidMessage } from './errors.ts'
import { type Identity, sha256, sign, verify } from './keys.ts'
import { FLEET_BYTES } from './limits.ts'
import { Initiator, respond, type Transport } from './noise.ts'
import { pad, unpad } from './padding.ts'
import { explain } from './explain.ts'
import { hashSchema, parseJson } from './statement.ts'

const SIGNATURE_DOMAIN = Buffer.from('ragent/session-sig/1\0')
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const SIGNED_HEAD = KEY_BYTES + SIGNATURE_BYTES
const HEAD_LENGTH_BYTES = 2

const sequence = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 48 - 1))
const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 52))
/** Which fleet document a side holds, so that the older one is given the newer. */
const documentSchema = v.strictObject({ n: sequence, v: sequence, hash: hashSchema })

const helloSchema = v.strictObject({
  /** The session's id again, so that the relay cannot move a hello to another session. */
  session: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{11}$/)),
  /** Rises with each handshake of a session: a hello that was held back cannot undo a later one. */
  attempt: sequence,
  /** The number of the next message wanted from the agent. */
  want: sequence,
  /** The number of the first message that the agent may not have; it travels in this hello if there is one. */
  next: sequence,
  doc: documentSchema,
  /** The length of the document itself, which then follows this head: the agent said that its own is older. */
  carried: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(FLEET_BYTES))),
})
export type HelloHead = v.InferOutput<typeof helloSchema>

const answerSchema = v.strictObject({
  /** The number of the next message wanted from the console. */
  want: sequence,
  /** The agent's clock (ms). */
  now: milliseconds,
  doc: documentSchema,
  /** Refused: nothing of the hello took effect. */
  error: v.optional(
    v.strictObject({ code: v.picklist(ERROR_CODES), message: v.pipe(v.string(), v.maxLength(1000)) }),
  ),
})
export type AnswerHead = v.InferOutput<typeof answerSchema>

export interface HelloOptions {
  readonly fleet: string
  readonly agentKey: string
  /** The agent's prekey from its signed presence, 32 bytes in base64url. */
  readonly prekey: string
  readonly operator: Identity
  readonly head: Omit<HelloHead, 'carried'>
  /** The fleet document, for an agent whose own is older. */
  readonly document?: string | undefined
  readonly first?: Uint8Array | undefined
  /** Fixed in test vectors only. */
  readonly ephemeral?: DhPair
}

export interface HelloUnderWay {
  readonly message: Bytes
  /** What the agent answered, or undefined unless it is this agent's answer to this hello. */
  finish(answer: Uint8Array): { head: AnswerHead; transport: Transport } | undefined
}

/** e(32) | AEAD( operator(32) | signature(64) | len(3) | headLen(2) | head JSON | document | first message | zeros ) */
export function hello(options: HelloOptions): HelloUnderWay {
  const noise = new Initiator(
    prologue(options.fleet, options.agentKey),
    fromBase64url(options.prekey, KEY_BYTES),
    options.ephemeral,
  )
  const document = Buffer.from(options.document ?? '')
  const carried = document.length > 0 ? { carried: document.length } : {}
  const content = withHead(
    { ...options.head, ...carried },
    Buffer.concat([document, options.first ?? NO_BYTES]),
  )
  const message = noise.hello((hash) => {
    const signature = sign(options.operator, signed(hash, content))
    return pad(Buffer.concat([options.operator.publicBytes, signature]), content)
  })
  return {
    message,
    finish(answer) {
      const read = noise.answer(answer)
      if (read === undefined) return undefined
      const { head } = splitHead(answerSchema, unpad(read.payload, 0))
      return { head, transport: read.transport }
    },
  }
}

export interface HelloContent {
  readonly head: HelloHead
  readonly document: string | undefined
  readonly first: Bytes
}

/** A hello that was sealed to us. Nothing in it may be believed until `isSigned`. */
export interface HeardHello {
  /** The operator's key, as claimed. */
  readonly operator: string
  /** 32 bytes: the same one again is a replay. */
  readonly ephemeral: string
  isSigned(): boolean
  /** @throws INVALID_MESSAGE */
  content(): HelloContent
  answer(head: AnswerHead, ephemeral?: DhPair): { message: Bytes; transport: Transport }
}

/** Read a hello sealed to `prekey`; undefined unless it was made for this agent and prekey and is unaltered. */
export function hear(
  fleet: string,
  agentKey: string,
  prekey: DhPair,
  message: Uint8Array,
): HeardHello | undefined {
  const heard = respond(prologue(fleet, agentKey), prekey, message)
  if (heard === undefined || heard.payload.length < SIGNED_HEAD) return undefined
  const { payload } = heard
  const operator = toBase64url(payload.subarray(0, KEY_BYTES))
  const signature = payload.subarray(KEY_BYTES, SIGNED_HEAD)
  const content = unpad(payload, SIGNED_HEAD)
  return {
    operator,
    ephemeral: toBase64url(heard.ephemeral),
    isSigned: () => verify(operator, signed(heard.hash, content), signature),
    content() {
      const { head, rest } = splitHead(helloSchema, content)
      const { carried = 0 } = head
      if (carried > rest.length) throw new InvalidMessage('hello: the document is longer than the message')
      const document = carried > 0 ? rest.subarray(0, carried).toString() : undefined
      return { head, document, first: rest.subarray(carried) }
    },
    answer: (head, ephemeral) => heard.answer(pad(NO_BYTES, withHead(head, NO_BYTES)), ephemeral),
  }
}

/** Never sent: both must agree on it. */
function prologue(fleet: string, agentKey: string): Bytes {
  return Buffer.concat([Buffer.from(`ragent/1\0${fleet}\0`), fromBase64url(agentKey, KEY_BYTES)])
}

/** Over the message too, not over the hash alone: whoever holds the prekey could swap the command under it. */
function signed(hash: Uint8Array, content: Uint8Array): Bytes {
  return Buffer.concat([SIGNATURE_DOMAIN, hash, sha256(content)])
}

function withHead(head: HelloHead | AnswerHead, rest: Uint8Array): Bytes {
  const json = Buffer.from(JSON.stringify(head))
  const length = Buffer.alloc(HEAD_LENGTH_BYTES)
  length.writeUInt16BE(json.length)
  return Buffer.concat([length, json, rest])
}

function splitHead<S extends v.GenericSchema>(
  schema: S,
  content: Bytes,
): { head: v.InferOutput<S>; rest: Bytes } {
  if (content.length < HEAD_LENGTH_BYTES) throw new InvalidMessage('handshake: expected a head')
  const end = HEAD_LENGTH_BYTES + content.readUInt16BE(0)
  if (end > content.length) throw new InvalidMessage('handshake: the head is longer than the message')
  const parsed = v.safeParse(schema, parseJson(content.subarray(HEAD_LENGTH_BYTES, end), 'handshake'))
  if (!parsed.success) throw new InvalidMessage(`handshake: ${explain(parsed.issues)}`)
  return { head: parsed.output, rest: content.subarray(end) }
}
