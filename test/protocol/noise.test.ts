// Our Noise against the published vectors, and against a second implementation that shares nothing with it.
import { createHash, sign as signRaw } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import * as v from 'valibot'
import { type DhPair, dhPair } from '../../protocol/aead.ts'
import { NO_BYTES, toBase64url, u48 } from '../../protocol/bytes.ts'
import { hear, hello } from '../../protocol/handshake.ts'
import { identity } from '../../protocol/keys.ts'
import { Initiator, respond } from '../../protocol/noise.ts'
import { pad, unpad } from '../../protocol/padding.ts'
import { Session } from '../../protocol/session.ts'
import { HandshakeState, join, keyPair } from './noise-independent.ts'

const vectorSchema = v.looseObject({
  source: v.string(),
  init_prologue: v.string(),
  init_ephemeral: v.string(),
  init_remote_static: v.string(),
  resp_static: v.string(),
  resp_ephemeral: v.string(),
  handshake_hash: v.optional(v.string()),
  messages: v.array(v.object({ payload: v.string(), ciphertext: v.string() })),
})
const hex = (text: string) => Buffer.from(text, 'hex')
const vectors = v.parse(v.array(vectorSchema), JSON.parse(readFileSync('test/vectors/noise-nk.json', 'utf8')))

for (const vector of vectors) {
  void t.test(`every message of the vector of ${vector.source}`, async (t) => {
    const prologue = hex(vector.init_prologue)
    const [first, second, ...later] = vector.messages
    if (first === undefined || second === undefined) throw new Error('a vector without a handshake')
    const initiator = new Initiator(
      prologue,
      hex(vector.init_remote_static),
      dhPair(hex(vector.init_ephemeral)),
    )
    const message = initiator.hello(() => hex(first.payload))
    t.equal(message.toString('hex'), first.ciphertext)
    const heard = respond(prologue, dhPair(hex(vector.resp_static)), message)
    t.equal(heard?.payload.toString('hex'), first.payload)
    const answer = heard?.answer(hex(second.payload), dhPair(hex(vector.resp_ephemeral)))
    t.equal(answer?.message.toString('hex'), second.ciphertext)
    const finished = initiator.answer(answer?.message ?? NO_BYTES)
    t.equal(finished?.payload.toString('hex'), second.payload)
    if (finished === undefined || answer === undefined) throw new Error('the handshake failed')
    t.ok(finished.hash.equals(answer.hash))
    if (vector.handshake_hash !== undefined) t.equal(answer.hash.toString('hex'), vector.handshake_hash)
    for (const [index, { payload, ciphertext }] of later.entries()) {
      const [from, to] =
        index % 2 === 0 ? [finished.transport, answer.transport] : [answer.transport, finished.transport]
      const counter = index >> 1
      t.equal(from.send.seal(counter, hex(payload)).toString('hex'), ciphertext)
      t.equal(to.receive.open(counter, hex(ciphertext))?.toString('hex'), payload)
    }
  })
}

const agent = identity()
const operator = identity()
const FLEET = 'A'.repeat(20)
const PROLOGUE = Buffer.concat([Buffer.from(`ragent/1\0${FLEET}\0`), agent.publicBytes])
const DOC = { n: 1, v: 3, hash: 'h'.repeat(43) }
const HEAD = { session: 'c2Vzc2lvbnM', attempt: 0, want: 0, next: 0, doc: DOC }

/** headLen(2) | JSON | rest: as the page on bytes says, not as our code does. */
function content(head: object, rest: string): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(head))
  return join(Uint8Array.of(json.length >> 8, json.length & 255), json, new TextEncoder().encode(rest))
}

void t.test(
  'a hello written by the other implementation is heard by ours, and frames go both ways',
  async (t) => {
    const prekey = dhPair()
    const e = await keyPair()
    const theirs = await HandshakeState.start(PROLOGUE, prekey.public)
    const said = content(HEAD, '{"t":"end","s":1}')
    const digest = createHash('sha256').update(said).digest()
    const message = await theirs.writeHello(e, prekey.public, (h) => {
      const signed = join(new TextEncoder().encode('ragent/session-sig/1\0'), h, digest)
      return pad(join(operator.publicBytes, signRaw(null, signed, operator.privateKey)), said)
    })
    const heard = hear(FLEET, agent.public, prekey, message)
    t.equal(heard?.operator, operator.public)
    t.ok(heard?.isSigned())
    t.equal(heard?.ephemeral, toBase64url(e.open))
    t.strictSame(heard?.content().head, HEAD)
    t.equal(heard?.content().first.toString(), '{"t":"end","s":1}')
    if (heard === undefined) throw new Error('not heard')

    const answer = heard.answer({ want: 1, now: 5, doc: DOC })
    const read = unpad(await theirs.readAnswer(e, answer.message), 0)
    t.strictSame(JSON.parse(read.subarray(2).toString()), { want: 1, now: 5, doc: DOC })
    const { there, back } = await theirs.split()
    const messages: string[] = []
    const frames: Buffer[] = []
    const session = new Session({
      transmit: (frame) => void frames.push(frame),
      message: (bytes) => void messages.push(bytes.toString()),
      stalled: () => t.fail('stalled'),
      aged: () => t.fail('aged'),
      failed: (error) => t.fail(error.message),
    })
    session.begin(answer.transport, 0)
    const none = new Uint8Array(0)
    for (const n of [0, 1]) {
      const plain = pad(u48(0), Buffer.from(`there ${n}`))
      session.receive(Buffer.concat([u48(n), await there.encrypt(none, plain)]))
    }
    t.strictSame(messages, ['there 0', 'there 1'])
    session.send(Buffer.from('back 0'))
    const [frame = NO_BYTES] = frames
    t.equal(frame.readUIntBE(0, 6), 0)
    const opened = await back.decrypt(none, frame.subarray(6))
    t.equal(unpad(opened, 6).toString(), 'back 0')
    t.equal(Buffer.from(opened).readUIntBE(0, 6), 2, 'both frames are acknowledged')
    session.close()
  },
)

void t.test('our hello is heard by the other implementation, and frames go both ways', async (t) => {
  const prekey = await keyPair()
  const ours = hello({
    fleet: FLEET,
    agentKey: agent.public,
    prekey: toBase64url(prekey.open),
    operator,
    head: HEAD,
    first: Buffer.from('first'),
  })
  const theirs = await HandshakeState.start(PROLOGUE, prekey.open)
  const { re, h, payload } = await theirs.readHello(prekey, ours.message)
  const bytes = Buffer.from(payload)
  t.ok(bytes.subarray(0, 32).equals(operator.publicBytes))
  const said = unpad(bytes, 96)
  t.ok(said.equals(content(HEAD, 'first')))
  const digest = createHash('sha256').update(said).digest()
  const signed = join(new TextEncoder().encode('ragent/session-sig/1\0'), h, digest)
  t.ok(signRaw(null, signed, operator.privateKey).equals(bytes.subarray(32, 96)), 'Ed25519 is deterministic')
  const answer = await theirs.writeAnswer(
    await keyPair(),
    re,
    pad(NO_BYTES, content({ want: 1, now: 7, doc: DOC }, '')),
  )
  const finished = ours.finish(answer)
  t.strictSame(finished?.head, { want: 1, now: 7, doc: DOC })
  const { there, back } = await theirs.split()
  const none = new Uint8Array(0)
  for (let n = 0; n < 3; n++) {
    const text = Buffer.from(`frame ${n}`)
    t.ok(finished?.transport.receive.open(n, await back.encrypt(none, text))?.equals(text))
    t.ok(text.equals(await there.decrypt(none, finished?.transport.send.seal(n, text) ?? none)))
  }
})

void t.test('12. every single bit of an answer counts', async (t) => {
  const prekey = dhPair()
  const ours = begun(prekey)
  const heard = hear(FLEET, agent.public, prekey, ours.message)
  const answer = heard?.answer({ want: 0, now: 7, doc: DOC }).message ?? NO_BYTES
  let accepted = 0
  for (const altered of flips(answer)) if (ours.finish(altered) !== undefined) accepted++
  // RFC 7748 §5: the top bit of a u-coordinate is not part of the key; it is hashed, so even that one is refused.
  t.equal(accepted, 0, `of ${answer.length * 8} bits`)
  for (let length = 0; length < answer.length; length++) {
    if (ours.finish(answer.subarray(0, length)) !== undefined) t.fail(`${length} bytes are taken`)
  }
  t.ok(ours.finish(answer), 'the forgeries left nothing behind')
})

void t.test('12. every single bit of a hello counts', async (t) => {
  const prekey = dhPair()
  const { message } = begun(prekey)
  let accepted = 0
  for (const altered of flips(message))
    if (hear(FLEET, agent.public, prekey, altered) !== undefined) accepted++
  t.equal(accepted, 0, `of ${message.length * 8} bits`)
  for (let length = 0; length < message.length; length++) {
    if (hear(FLEET, agent.public, prekey, message.subarray(0, length)) !== undefined)
      t.fail(`${length} bytes`)
  }
  t.ok(hear(FLEET, agent.public, prekey, message)?.isSigned())
})

void t.test('3. an answer to another hello, or by whoever lacks the prekey, is not taken', async (t) => {
  const prekey = dhPair()
  const [ours, other] = [begun(prekey), begun(prekey)]
  const toOther = hear(FLEET, agent.public, prekey, other.message)?.answer({ want: 0, now: 7, doc: DOC })
  t.equal(ours.finish(toOther?.message ?? NO_BYTES), undefined)
  t.equal(ours.finish(ours.message), undefined, 'reflected')
  t.equal(ours.finish(Buffer.alloc(200)), undefined, 'an ephemeral of low order')
})

void t.test('7. a hello for another agent, fleet or prekey cannot be opened', async (t) => {
  const prekey = dhPair()
  const { message } = begun(prekey)
  t.equal(hear('B'.repeat(20), agent.public, prekey, message), undefined)
  t.equal(hear(FLEET, identity().public, prekey, message), undefined)
  t.equal(hear(FLEET, agent.public, dhPair(), message), undefined)
})

void t.test('the heads of a handshake have the fields that they have, and no others', async (t) => {
  const prekey = dhPair()
  const later = { ...HEAD, later: 1 }
  t.throws(() => hear(FLEET, agent.public, prekey, begun(prekey, later).message)?.content(), {
    code: 'INVALID_MESSAGE',
  })
  const ours = begun(prekey)
  const more = { want: 0, now: 7, doc: DOC, later: 1 }
  const answer = hear(FLEET, agent.public, prekey, ours.message)?.answer(more)
  t.throws(() => ours.finish(answer?.message ?? NO_BYTES), { code: 'INVALID_MESSAGE' })
})

function begun(prekey: DhPair, head = HEAD) {
  return hello({
    fleet: FLEET,
    agentKey: agent.public,
    prekey: toBase64url(prekey.public),
    operator,
    head,
    first: Buffer.from('{"t":"end","s":1}'),
  })
}

function* flips(bytes: Buffer): Generator<Buffer> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const altered = Buffer.from(bytes)
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield altered
  }
}
