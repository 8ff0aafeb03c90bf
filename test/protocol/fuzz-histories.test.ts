// Histories, closings and whatever a machine answers, from anyone: read, or refused with one of our codes.
import * as fc from 'fast-check'
import t from 'tap'
import * as v from 'valibot'
import { firstBreak } from '../../console/chain.ts'
import { examine } from '../../console/receipts.ts'
import { actions, isActionName } from '../../protocol/actions/index.ts'
import { auditEntrySchema, auditPageSchema, auditQuerySchema, headSchema } from '../../protocol/audit.ts'
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts'
import { issueSigners, readFleet } from '../../protocol/fleet.ts'
import { closedIn, issueClosed } from '../../protocol/membership.ts'
import { issueReceipt, readReceipt } from '../../protocol/receipt.ts'
import { requestHash, signRequest } from '../../protocol/request-signature.ts'
import { tokensPageSchema, tokensQuerySchema } from '../../protocol/roster.ts'
import { check, damaged, hostile, mutations } from '../fuzz.ts'
import { REQUESTS } from '../requests.ts'
import { enrol, forge, headerOf, newFleet, NOW } from './world.ts'

const fleet = newFleet()
const document = fleet.document()
const { agent, token } = enrol(fleet)
const { admin, operator, pin } = fleet
const hash = 'h'.repeat(43)
const asked = { action: 'ping', request: '{}', by: NOW }
const receipt = issueReceipt(agent, {
  fleet: pin,
  agent: agent.public,
  n: 1,
  prev: toBase64url(Buffer.alloc(32)),
  t: NOW,
  salt: 's'.repeat(22),
  asked: {
    operator: operator.public,
    name: 'a',
    ...asked,
    hash: requestHash(asked),
    sig: signRequest(pin, agent.public, operator, asked),
  },
  outcome: { word: 'done', status: 0, signal: null, in: 0, out: 1 },
})
const closed = { fleet: pin, by: admin.public, join: token.public, iat: NOW, exp: NOW + 5 }
const signers = (jws: string) => readFleet(pin, fleet.jws({ signers: jws }))

const readers = {
  closed: { sample: issueClosed(admin, closed), by: admin, read: (jws: string) => closedIn(document, jws) },
  signers: { sample: issueSigners(fleet.root, 1, [fleet.signer.public]), by: fleet.root, read: signers },
  receipt: { sample: receipt, by: agent, read: (jws: string) => readReceipt(agent.public, jws) },
}

for (const [kind, { sample, by, read }] of Object.entries(readers)) {
  void t.test(`29. any ${kind} statement is read, or refused with one of our codes`, async (t) => {
    t.ok(read(sample))
    const text = fromBase64url(sample.split('.')[1] ?? '').toString()
    check(mutations(text), (body) => read(forge(headerOf(kind), body, by)))
    check(damaged(sample), read)
    check(fc.string({ unit: 'binary', maxLength: 200 }), read)
  })
}

void t.test('29. whatever is shown for a history, it is whole or has a first broken entry', async (t) => {
  t.equal(examine(agent.public, [{ jws: receipt }], []).broken, undefined)
  const shown = fc.oneof(
    fc.constant({ jws: receipt }),
    damaged(receipt).map((jws) => ({ jws })),
    fc.record({ n: fc.nat(9), hash: fc.constant(hash) }),
  )
  const head = fc.record({ n: fc.nat(9), hash: fc.constant(hash) })
  check(fc.tuple(fc.array(shown, { maxLength: 5 }), fc.array(head, { maxLength: 2 })), ([list, heads]) =>
    examine(agent.public, list, heads),
  )
  const link = fc.record({ n: fc.nat(9), hash: fc.constantFrom('a', 'b'), prev: fc.constantFrom('a', 'b') })
  check(fc.tuple(fc.array(link, { maxLength: 8 }), fc.array(head, { maxLength: 3 })), ([links, heads]) =>
    firstBreak(links, heads),
  )
})

const said = {
  entry: [auditEntrySchema, { n: 1, t: 1, what: 'open', bytes: { to: 1, from: 1 }, prev: hash }],
  page: [auditPageSchema, { items: [{ n: 1, hash }], head: { n: 1, hash }, more: false }],
  query: [auditQuerySchema, { after: 0 }],
  head: [headSchema, { n: 1, hash }],
  tokens: [tokensPageSchema, { tokens: [{ grant: 'a.b.c' }], next: admin.public }],
  after: [tokensQuerySchema, { after: admin.public }],
} as const

for (const [name, [schema, sample]] of Object.entries(said)) {
  void t.test(`29. any ${name} of a history is what the schema says, or refused`, async (t) => {
    t.ok(v.safeParse(schema, sample).success)
    check(fc.oneof(mutations(JSON.stringify(sample)), hostile).filter(isJson), (text) =>
      v.safeParse(schema, JSON.parse(text)),
    )
    t.equal(Object.getPrototypeOf({}), Object.prototype)
  })
}

void t.test(
  '29. whatever a machine answers to an action, or is sent after it, is read or refused',
  async () => {
    for (const name of Object.keys(REQUESTS)) {
      if (!isActionName(name)) throw new Error(name)
      const { input, output, result } = actions[name]
      for (const schema of [input, output, result])
        check(hostile.filter(isJson), (text) => v.safeParse(schema, JSON.parse(text)))
    }
  },
)

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // Every reader of these is given what was parsed.
    return false
  }
}
