// Every byte format: what is written is read back, and one bit, one byte less or one more is refused.
import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import t from 'tap'
import * as v from 'valibot'
import { dhPair } from '../../protocol/aead.ts'
import { fromBase64url, NO_BYTES, toBase64url } from '../../protocol/bytes.ts'
import { KIND, packBody, unpackBody } from '../../protocol/envelope.ts'
import {
  challengeSchema,
  movingSchema,
  refusalSchema,
  undeliverableSchema,
  welcomeSchema,
} from '../../protocol/events.ts'
import { readFleet } from '../../protocol/fleet.ts'
import { Assembler, fragments } from '../../protocol/fragments.ts'
import { hear, hello } from '../../protocol/handshake.ts'
import { readGrant, readJoin } from '../../protocol/membership.ts'
import { decode, encode, encodeData } from '../../protocol/messages.ts'
import { pad, unpad } from '../../protocol/padding.ts'
import { issueAuth, readAuth } from '../../protocol/presence.ts'
import { rosterEntrySchema, rosterPageSchema, rosterQuerySchema } from '../../protocol/roster.ts'
import { Session } from '../../protocol/session.ts'
import { newToken, readToken } from '../../protocol/token.ts'
import { check, holds, hostile, mutations, SLOW_RUNS } from '../fuzz.ts'
import { flips, newTransports } from './hands.ts'
import { enrol, newFleet, NOW } from './world.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array))

/** Whether `read` refuses by throwing. */
function refuses(read: () => unknown): boolean {
  try {
    read()
    return false
  } catch {
    // Which error it is, the fuzz test looks at.
    return true
  }
}

void t.test('29. there and back: text, padding, envelopes, fragments, messages, data', async () => {
  holds(bytes(200), (data) => fromBase64url(toBase64url(data)).equals(data))
  holds(fc.tuple(bytes(12), bytes(400)), ([head, data]) => unpad(pad(head, data), head.length).equals(data))
  holds(fc.tuple(fc.constantFrom(...Object.values(KIND)), bytes(300)), ([kind, payload]) => {
    const session = toBase64url(randomBytes(8))
    const body = unpackBody(packBody(kind, session, payload))
    return body?.kind === kind && body.session === session && body.payload.equals(payload)
  })
  holds(fc.tuple(fc.nat(2 ** 32 - 1), fc.constantFrom(0, 1, 2), bytes(300)), ([s, fd, data]) => {
    const message = decode(encodeData(s, { fd, data }))
    return (
      message.t === 'data' && message.s === s && message.chunk.fd === fd && data.equals(message.chunk.data)
    )
  })
  const value = fc.jsonValue({ maxDepth: 3 }).filter((item) => JSON.stringify(item) !== undefined)
  holds(value, (item) => {
    const text = encode({ t: 'value', s: 1, value: item })
    return encode(decodeControl(text)).equals(text)
  })
  holds(
    fc.integer({ min: 0, max: 2 * 1024 * 1024 }),
    (length) => {
      const message = Buffer.alloc(length, '{')
      const assembler = new Assembler()
      const whole = [...fragments(message)].map((part) => assembler.add(Buffer.from(part)))
      return whole.at(-1)?.equals(message) === true && whole.slice(0, -1).every((part) => part === undefined)
    },
    SLOW_RUNS,
  )
})

function decodeControl(text: Buffer): Parameters<typeof encode>[0] {
  const message = decode(text)
  if (message.t === 'data') throw new Error('not a control message')
  return message
}

void t.test('29. a token or a statement with one bit changed, cut or lengthened is refused', async (t) => {
  const fleet = newFleet()
  const { agent, grant, join } = enrol(fleet)
  const body = { key: agent.public, fleet: fleet.pin, relay: 'r', nonce: 'n'.repeat(43), iat: NOW }
  const token = newToken(fleet.pin, randomBytes(16))
  const read: readonly (readonly [string, (text: string) => unknown])[] = [
    [token, readToken],
    [fleet.jws(), (jws) => readFleet(fleet.pin, jws)],
    [grant, (jws) => readGrant(fleet.document(), jws, NOW)],
    [join, (jws) => readJoin(fleet.document(), jws, NOW)],
    [issueAuth(agent, { ...body, as: 'agent' }), readAuth],
  ]
  for (const [sample, reader] of read) {
    t.ok(reader(sample))
    const cut = fc.nat(sample.length - 1).map((length) => sample.slice(0, length))
    const longer = fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }).map((tail) => sample + tail)
    const flipped = fc.tuple(fc.nat(sample.length - 1), fc.nat(6)).map(([at, bit]) => {
      const text = Buffer.from(sample, 'latin1')
      text[at] = (text[at] ?? 0) ^ (1 << bit)
      return text.toString('latin1')
    })
    // Without the blanks that a person may paste around a token.
    const tampered = fc.oneof(cut, longer, flipped).filter((text) => text.trim() !== sample)
    holds(tampered, (text) => refuses(() => reader(text)), SLOW_RUNS)
  }
})

const ignore = (): void => undefined

/** Cut at every length, and one byte longer. */
function lengths(all: Buffer): Buffer[] {
  const cut = Array.from({ length: all.length }, (_, length) => all.subarray(0, length))
  return [...cut, Buffer.concat([all, Buffer.of(0)])]
}

void t.test('29. a handshake cut or lengthened anywhere is nobody’s', async (t) => {
  const fleet = newFleet()
  const { agent } = enrol(fleet)
  const prekey = dhPair()
  const doc = { n: 1, v: 1, hash: 'h'.repeat(43) }
  const under = hello({
    fleet: fleet.pin,
    agentKey: agent.public,
    prekey: toBase64url(prekey.public),
    operator: fleet.operator,
    head: { session: 'c2Vzc2lvbnM', attempt: 0, want: 0, next: 0, doc },
    first: Buffer.from('first'),
  })
  const heard = hear(fleet.pin, agent.public, prekey, under.message)
  t.ok(heard?.isSigned())
  const answer = heard?.answer({ want: 1, now: 0, doc }).message ?? NO_BYTES
  for (const cut of lengths(under.message)) t.notOk(hear(fleet.pin, agent.public, prekey, cut))
  for (const cut of lengths(answer)) t.notOk(under.finish(cut))
  check(bytes(300), (noise) => t.notOk(under.finish(noise)), SLOW_RUNS)
  t.ok(under.finish(answer), 'and after all that, the true one is taken')
})

void t.test(
  '29. of frames that are noise, cut, or changed by a bit none is taken, and nothing is kept',
  async (t) => {
    const keys = newTransports()
    const taken: string[] = []
    const events = {
      transmit: ignore,
      stalled: ignore,
      aged: ignore,
      failed: () => void taken.push('failed'),
    }
    const out: Buffer[] = []
    const sender = new Session({ ...events, transmit: (frame) => void out.push(frame), message: ignore })
    const receiver = new Session({ ...events, message: (message) => void taken.push(message.toString()) })
    t.teardown(() => [sender, receiver].forEach((session) => session.close()))
    sender.begin(keys.a, 0)
    receiver.begin(keys.b, 0)
    sender.send(Buffer.from('{"t":"end","s":1}'))
    const frame = out[0] ?? NO_BYTES
    for (const flipped of flips(frame)) receiver.receive(flipped)
    for (let length = 0; length < frame.length; length++) receiver.receive(frame.subarray(0, length))
    holds(bytes(300), (noise) => {
      receiver.receive(noise)
      receiver.receive(Buffer.concat([frame.subarray(0, 6), noise]))
      return true
    })
    t.strictSame(taken, [])
    t.equal(receiver.want, 0)
    receiver.receive(frame)
    t.strictSame(taken, ['{"t":"end","s":1}'])
  },
)

const schemas = {
  challenge: [challengeSchema, { proto: 1, nonce: 'n'.repeat(43) }],
  welcome: [welcomeSchema, { address: 'A'.repeat(20) }],
  refusal: [refusalSchema, { code: 'LOST', message: 'm', after: 1 }],
  undeliverable: [undeliverableSchema, { to: 'A'.repeat(20), since: 1 }],
  moving: [movingSchema, { after: 1 }],
  query: [rosterQuerySchema, { names: ['a'], ids: ['A'.repeat(20)], after: 'A'.repeat(20), watch: true }],
  page: [rosterPageSchema, { entries: [], next: 'A'.repeat(20) }],
  entry: [
    rosterEntrySchema,
    {
      id: 'A'.repeat(20),
      join: 'a.b.c',
      machine: 'a.b.c',
      presence: 'a.b.c',
      online: true,
      since: 0,
      copies: 1,
    },
  ],
} as const

for (const [name, [schema, sample]] of Object.entries(schemas)) {
  void t.test(`29. any ${name} of a relay or a client is what the schema says, or refused`, async (t) => {
    t.ok(v.safeParse(schema, sample).success)
    const allowed = new Set(Object.keys(sample))
    holds(
      fc.oneof(mutations(JSON.stringify(sample)), hostile).filter((text) => isJson(text)),
      (text) => {
        const parsed = v.safeParse<v.GenericSchema<unknown, object>>(schema, JSON.parse(text))
        return !parsed.success || Reflect.ownKeys(parsed.output).every((key) => allowed.has(String(key)))
      },
    )
    t.equal(Object.getPrototypeOf({}), Object.prototype)
  })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // Socket.IO's own parser has refused it.
    return false
  }
}
