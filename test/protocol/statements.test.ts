// Statements: standard JWS to the rest of the world, one spelling and one kind to us.
import { compactVerify } from 'jose'
import t from 'tap'
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts'
import { issueSigners, readFleet } from '../../protocol/fleet.ts'
import { identity, type Identity, idOf } from '../../protocol/keys.ts'
import { issueClosed, issueGrant, issueMachine, readGrant } from '../../protocol/membership.ts'
import { issueAuth, issuePresence, readAuth, readPresence } from '../../protocol/presence.ts'
import { hashOf, issue, parseJson, STATEMENT_KINDS } from '../../protocol/statement.ts'
import { enrol, forge, headerOf, newFleet, NOW } from './world.ts'

const INVALID = { code: 'INVALID_MESSAGE' }
const fleet = newFleet()
const enrolled = enrol(fleet)
const { agent } = enrolled
const boot = 'b'.repeat(22)
const prekey = toBase64url(Buffer.alloc(32, 5))

const presence = {
  fleet: fleet.pin,
  agent: agent.public,
  proto: 1,
  pre: prekey,
  boot,
  iat: NOW,
  host: 'web-1',
  os: 'linux',
  ver: '0.1.0',
  policy: { mode: 'full' },
}
const auth = {
  key: agent.public,
  fleet: fleet.pin,
  relay: 'relay.example',
  nonce: 'n'.repeat(43),
  as: 'agent' as const,
  iat: NOW,
}
const machine = {
  fleet: fleet.pin,
  agent: agent.public,
  by: fleet.admin.public,
  n: 1,
  name: 'web-1',
  labels: {},
  exp: NOW + 60,
}

/** One of each kind, and who signed it. */
const samples: Record<(typeof STATEMENT_KINDS)[number], [string, Identity]> = {
  signers: [issueSigners(fleet.root, 1, [fleet.signer.public]), fleet.root],
  fleet: [fleet.jws(), fleet.signer],
  grant: [enrolled.grant, fleet.admin],
  closed: [
    issueClosed(fleet.admin, {
      fleet: fleet.pin,
      by: fleet.admin.public,
      join: enrolled.token.public,
      iat: NOW,
      exp: NOW + 60,
    }),
    fleet.admin,
  ],
  join: [enrolled.join, enrolled.token],
  machine: [issueMachine(fleet.admin, machine), fleet.admin],
  presence: [issuePresence(agent, presence), agent],
  auth: [issueAuth(agent, auth), agent],
}

/** Every reader that takes a statement of its kind from outside. */
const readers: Partial<Record<string, (jws: string) => unknown>> = {
  fleet: (jws) => readFleet(fleet.pin, jws),
  grant: (jws) => readGrant(fleet.document(), jws, NOW),
  presence: readPresence,
  auth: readAuth,
}

const jwk = (key: string) => ({ kty: 'OKP', crv: 'Ed25519', x: key })

for (const kind of STATEMENT_KINDS) {
  void t.test(`a ${kind} statement is a JWS that jose verifies`, async (t) => {
    const [jws, by] = samples[kind]
    const { payload, protectedHeader } = await compactVerify(jws, jwk(by.public), { algorithms: ['EdDSA'] })
    t.strictSame(protectedHeader, { alg: 'EdDSA', typ: `ragent-${kind}+jwt` })
    const [, body = ''] = jws.split('.')
    t.strictSame(JSON.parse(Buffer.from(payload).toString()), JSON.parse(fromBase64url(body).toString()))
    await t.rejects(compactVerify(jws, jwk(identity().public)), {
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    })
  })
}

void t.test('a statement of one kind never passes for another', async (t) => {
  for (const [reader, read] of Object.entries(readers)) {
    for (const [kind, [jws]] of Object.entries(samples)) {
      if (kind === reader) t.ok(read?.(jws), kind)
      else
        t.throws(
          () => read?.(jws),
          { ...INVALID, message: `expected a ${reader} statement` },
          `${kind} as ${reader}`,
        )
    }
  }
})

void t.test('another header is refused, however well it is signed', async (t) => {
  const payload = JSON.stringify(presence)
  t.ok(readPresence(forge(headerOf('presence'), payload, agent)), 'the forge itself is sound')
  const headers = [
    '{"typ":"ragent-presence+jwt","alg":"EdDSA"}',
    '{"alg":"EdDSA", "typ":"ragent-presence+jwt"}',
    '{"alg":"none","typ":"ragent-presence+jwt"}',
    '{"alg":"HS256","typ":"ragent-presence+jwt"}',
    '{"alg":"EdDSA","typ":"ragent-presence+jwt","crit":["b64"],"b64":false}',
    '{"alg":"EdDSA","typ":"ragent-presence+jwt","kid":"x"}',
    '{"alg":"EdDSA","typ":"ragent-presence+jwt","jwk":{}}',
    '{"alg":"EdDSA"}',
    '{}',
    '',
  ]
  for (const header of headers) t.throws(() => readPresence(forge(header, payload, agent)), INVALID, header)
  const [jws] = samples.presence
  const [head = '', body = ''] = jws.split('.')
  for (const cut of [
    head,
    `${head}.${body}`,
    `${head}..`,
    `${jws}.x`,
    `.${jws}`,
    '',
    '..',
    '...',
    `${jws}.`,
  ]) {
    t.throws(() => readPresence(cut), INVALID, JSON.stringify(cut.slice(0, 20)))
  }
  for (const cut of [`${head}.${body}.`, `${jws}A`, jws.slice(0, -1), `${jws}=`])
    t.throws(() => readPresence(cut))
})

void t.test('a body has one spelling', async (t) => {
  const text = JSON.stringify(presence)
  const spellings = [
    ` ${text}`,
    `${text}\n`,
    text.replace('"proto":1', '"proto": 1'),
    text.replace('"proto":1', '"proto":1.0'),
    text.replace('"proto":1', '"proto":1e0'),
    text.replace('"proto":1', '"proto":2,"proto":1'),
    text.replace('"web-1"', String.raw`"\u0077eb-1"`),
    `${text.slice(0, -1)},"fleet":"${fleet.pin}"}`,
    `${text.slice(0, -1)},"1":1}`,
    `\ufeff${text}`,
    text.slice(0, -1),
    'null',
    '[]',
    '"text"',
    '',
  ]
  for (const spelling of spellings) {
    t.throws(() => readPresence(forge(headerOf('presence'), spelling, agent)), INVALID, spelling.slice(0, 40))
  }
  const bytes = Buffer.from(JSON.stringify({ ...presence, host: '\ufffd' }))
  t.ok(readPresence(forge(headerOf('presence'), bytes, agent)), 'a replacement character that was meant')
  const at = bytes.indexOf('\ufffd')
  const invalid = Buffer.concat([bytes.subarray(0, at), Buffer.of(0xff), bytes.subarray(at + 3)])
  t.throws(
    () => readPresence(forge(headerOf('presence'), invalid, agent)),
    INVALID,
    'and bytes that are not UTF-8',
  )
})

void t.test('nesting that no stack holds is refused like anything malformed', async (t) => {
  const deep = `${'['.repeat(5_900)}${']'.repeat(5_900)}`
  t.throws(() => readPresence(forge(headerOf('presence'), deep, agent)), INVALID)
  const deeper = `${'{"a":'.repeat(11_000)}1${'}'.repeat(11_000)}`
  t.throws(() => readFleet(fleet.pin, forge(headerOf('fleet'), deeper, fleet.signer)), INVALID)
})

void t.test('a statement may carry fields of a later version, but not crit', async (t) => {
  const later = { ...presence, later: { anything: [1, null, 'x'] } }
  t.match(readPresence(forge(headerOf('presence'), JSON.stringify(later), agent)), { host: 'web-1' })
  const critical = { ...presence, crit: ['later'] }
  t.throws(() => readPresence(forge(headerOf('presence'), JSON.stringify(critical), agent)), {
    ...INVALID,
    message: /crit/,
  })
})

void t.test('__proto__ in a body is a field that nobody reads', async (t) => {
  const { host: _, ...rest } = presence
  const hostile = `${JSON.stringify(rest).slice(0, -1)},"__proto__":{"host":"from the prototype"}}`
  t.throws(() => readPresence(forge(headerOf('presence'), hostile, agent)), INVALID)
  const harmless = `${JSON.stringify(presence).slice(0, -1)},"__proto__":{"polluted":true}}`
  const read = readPresence(forge(headerOf('presence'), harmless, agent))
  t.equal(Object.getPrototypeOf(read), Object.prototype)
  t.notOk('polluted' in {})
  t.strictSame(Object.keys(Object(parseJson('{"__proto__":1}', 'x'))), ['__proto__'])
})

void t.test('a statement has a size, for who signs it as for who reads it', async (t) => {
  const body = { ...presence, later: 'x'.repeat(13 * 1024) }
  t.throws(() => issuePresence(agent, body), { ...INVALID, message: /at most 16384/ })
  t.throws(() => readPresence(forge(headerOf('presence'), JSON.stringify(body), agent)), INVALID)
  t.throws(() => issue('fleet', fleet.signer, { x: 'x'.repeat(96 * 1024) }), {
    ...INVALID,
    message: /at most 98304/,
  })
})

void t.test('9. a presence or an answer signed by another key is refused', async (t) => {
  const other = identity()
  t.throws(() => readPresence(issuePresence(other, presence)), { code: 'BAD_SIGNATURE' })
  t.throws(() => readAuth(issueAuth(other, auth)), { code: 'BAD_SIGNATURE' })
  const [head = '', , signature = ''] = samples.presence[0].split('.')
  const changed = toBase64url(Buffer.from(JSON.stringify({ ...presence, host: 'web-2' })))
  t.throws(() => readPresence(`${head}.${changed}.${signature}`), { code: 'BAD_SIGNATURE' })
  t.strictSame(readAuth(samples.auth[0]), auth)
  for (const wrong of [
    { as: 'relay' },
    { nonce: 'n' },
    { iat: -1 },
    { iat: 1.5 },
    { key: 'k' },
    { fleet: 'f' },
  ]) {
    const body = JSON.stringify({ ...auth, ...wrong })
    t.throws(() => readAuth(forge(headerOf('auth'), body, agent)), INVALID, JSON.stringify(wrong))
  }
})

void t.test('a key of small order names nobody, and a prekey of low order hides nothing', async (t) => {
  const small = toBase64url(Buffer.alloc(32, 1).fill(0, 1))
  t.throws(() => readAuth(forge(headerOf('auth'), JSON.stringify({ ...auth, key: small }), agent)), INVALID)
  // RFC 7748 §6.1: with these the shared secret is zero, whoever the other side is. OpenSSL throws.
  const low = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  ]
  for (const hex of low) {
    const body = { ...presence, pre: toBase64url(Buffer.from(hex, 'hex')) }
    t.throws(() => readPresence(issuePresence(agent, body)), INVALID, hex)
  }
  const loose = { ...presence, pre: `${'A'.repeat(42)}B` }
  t.throws(() => readPresence(issuePresence(agent, loose)), INVALID, 'a prekey in a second spelling')
})

void t.test('a label keeps every name that it may have', async (t) => {
  const labels = { env: 'prod', prototype: 'yes', constructor: 'acme' }
  const body = {
    fleet: fleet.pin,
    v: 1,
    by: fleet.admin.public,
    join: agent.public,
    labels,
    iat: NOW,
    exp: NOW,
  }
  t.strictSame(readGrant(fleet.document(), issueGrant(fleet.admin, body), NOW).labels, labels)
  for (const bad of ['__proto__', '-x', 'a b', '', 'x'.repeat(64)]) {
    const hostile = JSON.stringify(body).replace('"env"', JSON.stringify(bad))
    t.throws(
      () => readGrant(fleet.document(), forge(headerOf('grant'), hostile, fleet.admin), NOW),
      INVALID,
      bad,
    )
  }
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`l${n}`, 'x']))
  t.throws(
    () => readGrant(fleet.document(), issueGrant(fleet.admin, { ...body, labels: many }), NOW),
    INVALID,
  )
})

void t.test('one statement names another by its hash', async (t) => {
  t.match(hashOf(samples.fleet[0]), /^[\w-]{43}$/)
  t.not(hashOf(samples.fleet[0]), hashOf(fleet.jws({ v: 2 })))
  t.equal(fleet.pin, idOf(fleet.root.public))
})
