// Bytes from anyone: every reader answers with one of our errors or with undefined, never with an accident.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import * as v from 'valibot'
import { machineOf } from '../../console/machine.ts'
import { actions, isActionName } from '../../protocol/actions/index.ts'
import { dhPair } from '../../protocol/aead.ts'
import { fromBase64url, NO_BYTES } from '../../protocol/bytes.ts'
import { clean, OutputCleaner } from '../../protocol/clean.ts'
import { unpackBody } from '../../protocol/envelope.ts'
import { readFleet } from '../../protocol/fleet.ts'
import { Assembler } from '../../protocol/fragments.ts'
import { hear } from '../../protocol/handshake.ts'
import { memberOf } from '../../protocol/member.ts'
import { issueMachine, readGrant, readJoin, readMachine } from '../../protocol/membership.ts'
import { decode, encode, encodeData, type Message } from '../../protocol/messages.ts'
import { Initiator } from '../../protocol/noise.ts'
import { pad, unpad } from '../../protocol/padding.ts'
import { issueAuth, issuePresence, readAuth, readPresence } from '../../protocol/presence.ts'
import { parseRelayUrl } from '../../protocol/relay-url.ts'
import { readToken } from '../../protocol/token.ts'
import { Journal } from '../../relay/journal.ts'
import { check, damaged, FUZZ_RUNS, hostile, isOurs, mutations, SLOW_RUNS } from '../fuzz.ts'
import { REQUESTS } from '../requests.ts'
import { enrol, forge, headerOf, newFleet, NOW } from './world.ts'

const fleet = newFleet()
const document = fleet.document()
const { agent, token, grant, join: joined } = enrol(fleet)
const { admin, pin } = fleet

const presence = issuePresence(agent, {
  fleet: pin,
  agent: agent.public,
  proto: 1,
  pre: dhPair().public.toString('base64url'),
  boot: 'b'.repeat(22),
  iat: NOW,
  host: 'h',
  os: 'o',
  ver: '1',
  policy: { mode: 'full' },
})
const auth = issueAuth(agent, {
  key: agent.public,
  fleet: pin,
  relay: 'r',
  nonce: 'n'.repeat(43),
  as: 'agent',
  iat: NOW,
})
const word = {
  fleet: pin,
  agent: agent.public,
  by: admin.public,
  n: 1,
  name: 'a',
  labels: { env: 'prod' },
  exp: NOW,
}
const machine = issueMachine(admin, word)

const readers = {
  fleet: { sample: fleet.jws(), by: fleet.signer, read: (jws: string) => readFleet(pin, jws) },
  grant: { sample: grant, by: admin, read: (jws: string) => readGrant(document, jws, NOW) },
  join: { sample: joined, by: token, read: (jws: string) => readJoin(document, jws, NOW) },
  machine: { sample: machine, by: admin, read: (jws: string) => readMachine(document, jws, NOW) },
  presence: { sample: presence, by: agent, read: readPresence },
  auth: { sample: auth, by: agent, read: readAuth },
}

for (const [kind, { sample, by, read }] of Object.entries(readers)) {
  void t.test(`29. any ${kind} statement is read, or refused with one of our codes`, async (t) => {
    t.ok(read(sample))
    const text = fromBase64url(sample.split('.')[1] ?? '').toString()
    check(mutations(text), (body) => read(forge(headerOf(kind), body, by)))
    check(fc.uint8Array({ maxLength: 300 }), (body) => read(forge(headerOf(kind), body, by)))
    check(damaged(sample), read)
    check(fc.string({ unit: 'binary', maxLength: 200 }), read)
  })
}

const text = (sample: string) => fc.oneof(fc.constant(sample), damaged(sample), fc.string())

void t.test('29. whatever a relay says of a machine becomes a machine that is refused', async () => {
  const entry = { id: 'i'.repeat(20), join: joined, machine, presence, online: true, since: 0, copies: 1 }
  fc.assert(
    fc.property(text(joined), text(machine), text(presence), (join, machine, presence) => {
      const { state, reason } = machineOf(document, { ...entry, join, machine, presence }, NOW * 1000)
      return state === 'refused' && !reason?.includes('internal error')
    }),
    { numRuns: FUZZ_RUNS },
  )
  check(text(joined), (join) => memberOf(document, { join }, NOW))
})

const samples: Message[] = [
  { t: 'open', s: 1, action: 'run', request: '{}', by: NOW, credit: 1, sig: 'A'.repeat(86) },
  { t: 'end', s: 1 },
  { t: 'value', s: 2, value: { resize: { cols: 1, rows: 1 } } },
  { t: 'credit', s: 3, n: 5 },
  { t: 'error', s: 4, code: 'LATE', message: 'late', now: NOW },
  { t: 'bye', code: 'GONE', message: 'gone' },
]

void t.test('29. any message inside the seal is read, or refused with one of our codes', async (t) => {
  for (const sample of samples) {
    t.strictSame(decode(encode(sample)), sample)
    check(mutations(encode(sample).toString()), (text) => decode(Buffer.from(text)))
  }
  const data = encodeData(9, { fd: 2, data: Buffer.from('bytes') })
  t.match(decode(data), { t: 'data', s: 9, chunk: { fd: 2 } })
  check(fc.uint8Array({ maxLength: 40 }), (bytes) => decode(Buffer.from(bytes)))
  check(fc.uint8Array({ maxLength: 40 }), (bytes) => decode(Buffer.concat([Buffer.of(1), bytes])))
  check(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }), (parts) => {
    const assembler = new Assembler()
    for (const part of parts) assembler.add(Buffer.from(part))
  })
})

/** With what may be left out. */
const LARGER = { id: 'i'.repeat(22), program: { argv: ['true'] }, env: { A: 'b' }, timeout: 1 }

void t.test('29. any request is read by its action, or refused with one of our codes', async () => {
  for (const [name, requests] of Object.entries(REQUESTS)) {
    if (!isActionName(name)) throw new Error(name)
    for (const request of [...requests, ...(name === 'run' ? [LARGER] : [])]) {
      isOurs(() => actions[name].read(request))
      const parsed = mutations(JSON.stringify(request)).filter((mutated) => isJson(mutated))
      check(parsed, (mutated) => actions[name].read(JSON.parse(mutated)))
    }
  }
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // Then parseJson has refused it, which the messages above try.
    return false
  }
}

const withHead = (text: string, extra: number) => {
  const length = Buffer.alloc(2)
  const json = Buffer.from(text).subarray(0, 60_000)
  length.writeUInt16BE(Math.min(0xffff, Math.max(0, json.length + extra)))
  return pad(randomBytes(96), Buffer.concat([length, json]))
}

void t.test('29. any bytes of an envelope, a padding or a hello are read, refused or nothing', async (t) => {
  check(fc.uint8Array({ maxLength: 64 }), unpackBody)
  check(fc.uint8Array({ maxLength: 200 }), (bytes) => unpad(bytes, 6))
  const prekey = dhPair()
  check(fc.uint8Array({ maxLength: 300 }), (bytes) => hear(pin, agent.public, prekey, bytes))
  const head = JSON.stringify({
    session: 'c2Vzc2lvbnM',
    attempt: 0,
    want: 0,
    next: 0,
    doc: { n: 1, v: 1, hash: 'h'.repeat(43) },
  })
  const prologue = Buffer.concat([Buffer.from(`ragent/1\0${pin}\0`), agent.publicBytes])
  const say = (payload: Uint8Array) => {
    const heard = hear(
      pin,
      agent.public,
      prekey,
      new Initiator(prologue, prekey.public).hello(() => payload),
    )
    heard?.isSigned()
    return heard?.content()
  }
  t.match(say(withHead(head, 0)), { head: { attempt: 0 }, first: NO_BYTES })
  check(fc.uint8Array({ maxLength: 200 }), say, SLOW_RUNS)
  check(fc.uint8Array({ maxLength: 200 }), (bytes) => say(pad(randomBytes(96), bytes)), SLOW_RUNS)
  fc.assert(
    fc.property(mutations(head), fc.integer({ min: -3, max: 3 }), (text, extra) =>
      isOurs(() => say(withHead(text, extra))),
    ),
    { numRuns: SLOW_RUNS },
  )
})

void t.test('29. any text for a token or a relay is read, or refused with one of our codes', async () => {
  check(fc.string({ unit: 'binary', maxLength: 60 }), readToken)
  check(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withFragments: true })), parseRelayUrl)
})

void t.test('29. a journal is loaded, or refused as a file that is not ours', async (t) => {
  const path = join(t.testdir(), 'journal.jsonl')
  const schema = v.strictObject({ iat: v.number() })
  const line = fc.oneof(
    fc.constantFrom('["a",{"iat":1}]', '["b",{"iat":2}]', '["__proto__",{"iat":3}]'),
    mutations('{"iat":1}').map((text) => `["a",${text}]`),
    hostile,
  )
  check(
    fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n')),
    (text) => {
      writeFileSync(path, text)
      const journal = new Journal(path, schema)
      journal.set('z', { iat: 9 })
      if (new Journal(path, schema).get('z')?.iat !== 9) throw new Error('what was set is lost')
    },
    SLOW_RUNS * 2,
  )
})

void t.test('40. nothing that is shown can move, recolour or reorder a terminal', async () => {
  const nasty = fc.constantFrom(
    '\u001b',
    '\u001b[31m',
    '\u001b]52;c;x\u0007',
    '\u009b',
    '\u202e',
    '\r',
    '\u001b[2J',
    'é',
    '\ud800',
  )
  const texts = fc.array(fc.oneof(nasty, fc.string({ unit: 'binary' }), fc.string()), { maxLength: 8 })
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 7 }), (parts, size) => {
      const text = parts.join('')
      const shown = clean(text)
      const bytes = Buffer.from(text)
      const cleaner = new OutputCleaner()
      let out = ''
      for (let at = 0; at < bytes.length; at += size) out += cleaner.push(bytes.subarray(at, at + size))
      out += cleaner.end()
      const isHarmless =
        !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(
          out.replace(/\u001b\[[0-9;:]*m/g, ''),
        )
      return (
        isHarmless &&
        !/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/.test(
          shown.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ''),
        )
      )
    }),
    { numRuns: FUZZ_RUNS },
  )
})
