// How operators are written, what is said before their time ends, and which documents a console goes by.
import t from 'tap'
import { expiryWarnings } from '../../console/expiry.ts'
import { HeldFleet } from '../../console/held-fleet.ts'
import { operatorIdentity, operatorToken, readScope, scopeFlags } from '../../console/people.ts'
import { newOperatorToken, newToken, readOperatorToken, readToken } from '../../protocol/token.ts'
import { newFleet, operatorEntry } from '../protocol/world.ts'

const DAY = 86_400
const seconds = () => Math.floor(Date.now() / 1000)

void t.test('scopes are read as they are written, and written as they are read', async (t) => {
  const pairs = ['env=dev', 'env=staging,dev', 'role=web']
  t.strictSame(readScope(pairs), { env: ['dev', 'staging'], role: ['web'] })
  t.strictSame(scopeFlags(readScope(pairs)), ['env=dev,staging', 'role=web'])
  t.strictSame([readScope([]), scopeFlags(undefined)], [undefined, []])
  for (const bad of [
    '',
    'env',
    'env=',
    '=dev',
    'env=a,,b',
    'env=a b',
    'e,v=a',
    'env=a=b',
    'env=\u001b[31m',
  ]) {
    t.throws(() => readScope([bad]), { code: 'USAGE', message: /--scope: expected/ }, bad)
  }
})

void t.test('a key or a token never begins like a flag', async (t) => {
  for (let n = 0; n < 300; n++) t.not(operatorIdentity().public[0], '-')
  for (let n = 0; n < 300; n++) t.not(operatorToken('A'.repeat(20)).key[0], '-')
})

void t.test(
  '13. an operator token with any character damaged is refused, and is no join token',
  async (t) => {
    const token = newOperatorToken('NHUPmL1Z_PyUbaRaqr6T', Buffer.alloc(16, 5))
    const { fleet, operator } = readOperatorToken(token)
    t.equal(fleet, 'NHUPmL1Z_PyUbaRaqr6T')
    const join = newToken(fleet, Buffer.alloc(16, 5))
    t.not(readToken(join).join.public, operator.public, 'one secret, two keys')
    const refused = { code: 'TOKEN', message: /^the token is damaged: expected rop_/ }
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A'
      t.throws(() => readOperatorToken(token.slice(0, at) + other + token.slice(at + 1)), refused, String(at))
    }
    for (const bad of ['', 'rop_', token.slice(1), `${token}A`, join])
      t.throws(() => readOperatorToken(bad), refused)
    t.throws(() => readToken(token), { code: 'TOKEN' })
  },
)

void t.test('what ends within 14 days is said, with the line that gives more time', async (t) => {
  const fleet = newFleet(seconds())
  const entry = {
    ...operatorEntry(fleet.operator, 'operator', 0, { env: ['a', 'b'] }),
    exp: seconds() + 13 * DAY,
  }
  const soon = fleet.document({ exp: seconds() + 3 * DAY, operators: [entry] })
  const said = expiryWarnings(soon, undefined, Date.now())
  t.match(said, [{ what: /document runs out in 2 d/ }, { what: /some-operator runs out in 12 d/ }])
  t.match(
    said[1]?.remedy,
    `operator add some-operator ${entry.key} --role operator --scope env=a,b --ttl 90d`,
  )
  t.match(expiryWarnings(soon, fleet.admin.public, Date.now()), [{ what: /document/ }], 'of oneself alone')
  t.match(expiryWarnings(soon, entry.key, Date.now() + 4 * DAY * 1000)[0]?.what, /ran out 1 d ago/)
  const revoked = fleet.document({ operators: [entry], revoked: [entry.key] })
  t.strictSame(expiryWarnings(revoked, undefined, Date.now()), [])
})

void t.test('16. a console’s document only goes forward, and is kept', async (t) => {
  const fleet = newFleet(seconds())
  const kept: number[] = []
  const held = new HeldFleet(fleet.document({ v: 5 }), ({ body }) => void kept.push(body.v))
  const expired = fleet.jws({ v: 7, iat: seconds(), exp: seconds() })
  const refused = [
    fleet.jws({ v: 4 }),
    fleet.jws({ v: 5 }),
    newFleet(seconds()).jws({ v: 9 }),
    expired,
    'nothing',
  ]
  for (const jws of refused) t.notOk(held.adopt(jws))
  t.ok(held.adopt(fleet.jws({ v: 6 })))
  t.ok(held.adopt(fleet.jws({ v: 6 }, { n: 2 })), 'new signers start the versions anew')
  t.strictSame([held.fleet.body.v, held.fleet.n, kept], [6, 2, [6, 6]])
  const full = new HeldFleet(fleet.document(), () => {
    throw new Error('the disk is full')
  })
  t.ok(full.adopt(fleet.jws({ v: 2 })), 'what cannot be written down counts all the same')
  t.equal(full.fleet.body.v, 2)
})
