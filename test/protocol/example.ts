// The worked example of docs/protocol.md, computed: every value that the document shows, by its name there.
import { createHash } from 'node:crypto'
import { dhPair } from '../../protocol/aead.ts'
import { type Bytes, NO_BYTES, toBase64url } from '../../protocol/bytes.ts'
import { KIND, packBody } from '../../protocol/envelope.ts'
import { issueFleet, issueSigners, readFleet } from '../../protocol/fleet.ts'
import { hear, hello } from '../../protocol/handshake.ts'
import { identity, idOf } from '../../protocol/keys.ts'
import { encode, encodeData } from '../../protocol/messages.ts'
import type { Transport } from '../../protocol/noise.ts'
import { pad, paddedSize } from '../../protocol/padding.ts'
import { signRequest } from '../../protocol/request-signature.ts'
import { Session } from '../../protocol/session.ts'
import { newToken, readToken } from '../../protocol/token.ts'
import { HandshakeState, keyPair } from './noise-independent.ts'

/** Seconds: 2027-01-15T08:00:00Z. */
const NOW = 1_800_000_000

/** Name and value of everything in the example, in the order of the document. Throws when the two ends disagree. */
export async function workedExample(): Promise<Map<string, string>> {
  const out = new Map<string, string>()
  const bytes = (name: string, value: Uint8Array): Bytes => {
    out.set(name, Buffer.from(value).toString('hex'))
    return Buffer.from(value)
  }
  const text = (name: string, value: string): string => {
    out.set(name, value)
    return value
  }
  const seed = (name: string, byte: number): Bytes => bytes(`${name}.seed`, Buffer.alloc(32, byte))

  const fleetKey = identity(seed('fleet', 1))
  text('fleet.key', fleetKey.public)
  const pin = text('fleet.id', idOf(fleetKey.public))
  const signer = identity(seed('signer', 2))
  text('signer.key', signer.public)
  const operator = identity(seed('operator', 3))
  text('operator.key', operator.public)
  const agent = identity(seed('agent', 4))
  text('agent.key', agent.public)
  text('agent.id', idOf(agent.public))

  const token = text('token', newToken(pin, bytes('token.secret', Buffer.alloc(16, 5))))
  text('token.join-key', readToken(token).join.public)

  const signers = issueSigners(fleetKey, 1, [signer.public])
  text('signers.header', decoded(signers, 0))
  text('signers.payload', decoded(signers, 1))
  text('signers', signers)
  const document = issueFleet(signer, {
    fleet: pin,
    v: 1,
    iat: NOW,
    exp: NOW + 30 * 86_400,
    signers,
    operators: [{ key: operator.public, name: 'alice', role: 'admin', exp: NOW + 365 * 86_400 }],
    revoked: [],
  })
  text('fleet.header', decoded(document, 0))
  text('fleet', document)
  const { hash, n, body } = readFleet(pin, document)
  text('fleet.hash', hash)

  const prekeySeed = seed('prekey', 6)
  const prekey = dhPair(prekeySeed)
  bytes('prekey', prekey.public)
  const consoleEphemeral = dhPair(seed('console-ephemeral', 7))
  bytes('console-ephemeral', consoleEphemeral.public)
  const prologue = bytes('prologue', Buffer.concat([Buffer.from(`ragent/1\0${pin}\0`), agent.publicBytes]))
  const session = text('session', toBase64url(Buffer.alloc(8, 8)))
  const doc = { n, v: body.v, hash }
  const head = { session, attempt: 0, want: 0, next: 0, doc }
  text('hello.head', JSON.stringify(head))
  const by = NOW * 1000 + 60_000
  const ping = { action: 'ping', request: '{}', by }
  const sig = signRequest(pin, agent.public, operator, ping)
  const first = encode({ t: 'open', s: 1, ...ping, credit: 1_048_576, sig })
  text('hello.message', first.toString())
  const said = hello({
    fleet: pin,
    agentKey: agent.public,
    prekey: toBase64url(prekey.public),
    operator,
    head,
    first,
    ephemeral: consoleEphemeral,
  })
  const theirs = await HandshakeState.start(prologue, prekey.public)
  const opened = await theirs.readHello(await keyPair(prekeySeed), said.message)
  const payload = Buffer.from(opened.payload)
  const content = payload.subarray(99, 99 + payload.readUIntBE(96, 3))
  bytes('hello.content', content)
  const digest = createHash('sha256').update(content).digest()
  bytes('hello.h', opened.h)
  bytes('hello.signed', Buffer.concat([Buffer.from('ragent/session-sig/1\0'), opened.h, digest]))
  bytes('hello.signature', payload.subarray(32, 96))
  bytes('hello.payload', payload)
  bytes('hello', said.message)
  bytes('hello.body', packBody(KIND.hello, session, said.message).subarray(0, 41))

  const heard = hear(pin, agent.public, prekey, said.message)
  const agentSeed = seed('agent-ephemeral', 9)
  const agentEphemeral = dhPair(agentSeed)
  bytes('agent-ephemeral', agentEphemeral.public)
  const answerHead = { want: 1, now: NOW * 1000, doc }
  text('answer.head', JSON.stringify(answerHead))
  const answer = heard?.answer(answerHead, agentEphemeral)
  if (heard?.isSigned() !== true || answer === undefined) throw new Error('not heard')
  const json = Buffer.from(JSON.stringify(answerHead))
  const answered = pad(NO_BYTES, Buffer.concat([Buffer.of(0, json.length), json]))
  const again = await theirs.writeAnswer(await keyPair(agentSeed), opened.re, answered)
  if (!answer.message.equals(again)) throw new Error('the other implementation answers otherwise')
  bytes('answer', answer.message)

  for (const length of [1, 64, 65, 200, 1000, 262_154]) text(`padme.${length}`, String(paddedSize(length)))

  const result = encode({ t: 'result', s: 1, value: { now: NOW * 1000 } })
  text('frame.message', result.toString())
  const frame = frameOf(answer.transport, first, result)
  const { back } = await theirs.split()
  bytes('frame.plain', await back.decrypt(NO_BYTES, frame.subarray(6)))
  bytes('frame', frame)
  bytes('data', encodeData(2, { fd: 1, data: Buffer.from('Linux\n') }))

  const request = text('request', '{"id":"AAAAAAAAAAAAAAAAAAAAAA","program":{"argv":["uname","-s"]}}')
  const asked = { action: 'run', by, request }
  text('request.hashed', JSON.stringify([asked.action, asked.by, asked.request]))
  text('request.sig', signRequest(pin, agent.public, operator, asked))

  return out
}

/** The agent's first frame: it has the message of the hello and says `message`. */
function frameOf(transport: Transport, first: Uint8Array, message: Uint8Array): Bytes {
  const frames: Bytes[] = []
  const session = new Session({
    transmit: (frame) => void frames.push(frame),
    message: () => undefined,
    stalled: () => undefined,
    aged: () => undefined,
    failed: (error) => {
      throw error
    },
  })
  session.deliver(0, Buffer.from(first))
  session.begin(transport, 0)
  session.send(message)
  session.close()
  const [frame] = frames
  if (frame === undefined) throw new Error('nothing was sent')
  return frame
}

/** A part of a JWS as text. */
function decoded(jws: string, part: number): string {
  return Buffer.from(jws.split('.')[part] ?? '', 'base64url').toString()
}
