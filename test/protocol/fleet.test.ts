// The fleet document, and who it lets do what.
import t from 'tap'
import {
  adminKeys,
  adopt,
  authorize,
  checkFresh,
  findOperator,
  issueSigners,
  readFleet,
  ROLES,
  timeIn,
} from '../../protocol/fleet.ts'
import { identity } from '../../protocol/keys.ts'
import { toBase64url } from '../../protocol/bytes.ts'
import { forge, headerOf, newFleet, NOW, operatorEntry, YEAR } from './world.ts'

const fleet = newFleet()
const { pin } = fleet
const INVALID = { code: 'INVALID_MESSAGE' }
const OTHER = { code: 'OTHER_FLEET' }

void t.test('16. a document of another fleet, another root or another signer is refused', async (t) => {
  const other = newFleet()
  t.ok(readFleet(pin, fleet.jws()))
  t.throws(() => readFleet(pin, other.jws()), OTHER)
  t.throws(() => readFleet(pin, other.jws({ fleet: pin })), OTHER, 'another root that calls itself ours')
  const ours = issueSigners(fleet.root, 1, [fleet.signer.public])
  t.throws(() => readFleet(pin, other.jws({ fleet: pin, signers: ours })), { code: 'BAD_SIGNATURE' })
  t.throws(() => readFleet(pin, fleet.jws({ fleet: other.pin })), OTHER)
  const body = { fleet: pin, key: fleet.root.public, n: 1, keys: [other.signer.public] }
  const forged = forge(headerOf('signers'), JSON.stringify(body), other.root)
  t.throws(() => readFleet(pin, fleet.jws({ signers: forged }, { signer: other.signer })), {
    code: 'BAD_SIGNATURE',
    message: /^signers/,
  })
  const posing = forge(headerOf('signers'), JSON.stringify({ ...body, key: other.root.public }), other.root)
  t.throws(() => readFleet(pin, fleet.jws({ signers: posing }, { signer: other.signer })), OTHER)
})

void t.test('16. a tampered document is refused', async (t) => {
  const [head = '', body = '', signature = ''] = fleet.jws().split('.')
  const text = Buffer.from(body, 'base64url').toString()
  for (const [what, by] of [
    ['"v":1', '"v":2'],
    ['"role":"viewer"', '"role":"admin"'],
    ['"revoked":[]', '"revoked":["x"]'],
  ] as const) {
    const altered = `${head}.${toBase64url(Buffer.from(text.replace(what, by)))}.${signature}`
    t.not(altered, fleet.jws())
    t.throws(() => readFleet(pin, altered), { code: 'BAD_SIGNATURE' }, by)
  }
})

void t.test('16. documents only go forward', async (t) => {
  const held = fleet.document({ v: 5, iat: NOW + 10 })
  t.equal(adopt(held, pin, held.jws, NOW), held, 'the same one again')
  t.throws(() => adopt(held, pin, fleet.jws({ v: 4, iat: NOW + 10 }), NOW), {
    ...INVALID,
    message: /older than 5/,
  })
  t.throws(() => adopt(held, pin, fleet.jws({ v: 5, iat: NOW + 11 }), NOW), {
    ...INVALID,
    message: /another doc/,
  })
  t.throws(() => adopt(held, pin, fleet.jws({ v: 6, iat: NOW + 9 }), NOW), {
    ...INVALID,
    message: /older date/,
  })
  t.equal(adopt(held, pin, fleet.jws({ v: 6, iat: NOW + 10 }), NOW).body.v, 6)
  t.equal(adopt(held, pin, fleet.jws({ v: 900, iat: NOW + 10 }), NOW).body.v, 900)
  t.throws(() => adopt(undefined, pin, newFleet().jws(), NOW), OTHER)
})

void t.test('18. new signers start the versions anew, and old signers are refused', async (t) => {
  const held = fleet.document({ v: 9 })
  const next = identity()
  const rotated = adopt(held, pin, fleet.jws({ v: 1 }, { n: 2, signer: next }), NOW)
  t.strictSame([rotated.n, rotated.body.v], [2, 1])
  t.throws(() => adopt(rotated, pin, fleet.jws({ v: 99 }), NOW), {
    ...INVALID,
    message: /signers 1 are older/,
  })
})

void t.test('16. an expired document is refused, and says both times', async (t) => {
  const end = NOW + YEAR
  t.ok(adopt(undefined, pin, fleet.jws(), end - 1))
  for (const now of [end, end + YEAR]) {
    t.throws(() => adopt(undefined, pin, fleet.jws(), now), {
      code: 'EXPIRED',
      message: /ran out at 2028-.* it is /,
    })
  }
})

void t.test('17. setting the clock back revives nothing', async (t) => {
  const dated = fleet.document({ iat: NOW + 50, exp: NOW + 50 })
  t.throws(() => checkFresh(dated, NOW - YEAR), { code: 'EXPIRED' })
  const short = { ...operatorEntry(fleet.operator, 'operator'), exp: NOW + 20 }
  const later = fleet.document({ iat: NOW + 50, operators: [short] })
  t.throws(() => findOperator(later, fleet.operator.public, NOW - YEAR), {
    code: 'EXPIRED',
    message: /was an op/,
  })
  t.equal(timeIn(later, 0), NOW + 50)
})

void t.test('1. an operator is known, not revoked and not expired, or nobody', async (t) => {
  const document = fleet.document()
  t.equal(findOperator(document, fleet.viewer.public, NOW).name, 'some-viewer')
  t.throws(() => findOperator(document, identity().public, NOW), { code: 'UNKNOWN_OPERATOR' })
  t.throws(() => findOperator(document, '', NOW), { code: 'UNKNOWN_OPERATOR' })
  const revoked = fleet.document({ revoked: [fleet.admin.public] })
  t.throws(() => findOperator(revoked, fleet.admin.public, NOW), { code: 'UNKNOWN_OPERATOR' })
  t.strictSame(adminKeys(document), [fleet.admin.public])
  t.strictSame(adminKeys(revoked), [])
  t.throws(() => findOperator(document, fleet.viewer.public, NOW + YEAR), { code: 'EXPIRED' })
})

void t.test('37. a role may do what the ones below it may, and an unknown one nothing', async (t) => {
  const document = fleet.document({
    operators: [
      operatorEntry(fleet.viewer, 'viewer'),
      operatorEntry(fleet.operator, 'operator'),
      operatorEntry(fleet.admin, 'admin'),
      operatorEntry(fleet.signer, 'superuser'),
      operatorEntry(fleet.root, 'constructor'),
    ],
  })
  const may = (key: string) =>
    ROLES.filter((role) => {
      try {
        return authorize(document, key, role, {}, NOW).key === key
      } catch (error) {
        t.match(error, { code: 'ROLE' })
        return false
      }
    })
  t.strictSame(may(fleet.viewer.public), ['viewer'])
  t.strictSame(may(fleet.operator.public), ['viewer', 'operator'])
  t.strictSame(may(fleet.admin.public), ['viewer', 'operator', 'admin'])
  t.strictSame(may(fleet.signer.public), [])
  t.strictSame(may(fleet.root.public), [])
})

void t.test('38. a scope is a list of labels that the machine must have', async (t) => {
  const scopes: [unknown, Record<string, string>, boolean][] = [
    [undefined, {}, true],
    [{}, {}, true],
    [{ env: ['dev'] }, { env: 'dev' }, true],
    [{ env: ['staging', 'dev'] }, { env: 'dev', role: 'db' }, true],
    [{ env: ['dev'] }, { env: 'prod' }, false],
    [{ env: ['dev'] }, {}, false],
    [{ env: ['dev'], role: ['web'] }, { env: 'dev' }, false],
    [{ env: [] }, { env: 'dev' }, false],
    [{ toString: ['x'] }, {}, false],
    [{ prototype: ['yes'] }, {}, false],
    [{ constructor: ['yes'] }, { env: 'dev' }, false],
    [JSON.parse('{"__proto__":["yes"]}'), { env: 'dev' }, false],
    [{ prototype: ['yes'] }, { prototype: 'yes' }, true],
    // What this version cannot read denies.
    [null, { env: 'dev' }, false],
    ['env=dev', { env: 'dev' }, false],
    [[], { env: 'dev' }, false],
    [[['env', 'dev']], { env: 'dev' }, false],
    [{ env: 'dev' }, { env: 'dev' }, false],
    [{ env: ['dev', 1] }, { env: 'dev' }, false],
    [{ env: { not: ['prod'] } }, { env: 'dev' }, false],
  ]
  for (const [scope, labels, isAllowed] of scopes) {
    const document = fleet.document({ operators: [operatorEntry(fleet.admin, 'admin', NOW, scope)] })
    const attempt = () => authorize(document, fleet.admin.public, 'viewer', labels, NOW)
    const what = `${JSON.stringify(scope)} on ${JSON.stringify(labels)}`
    if (isAllowed) t.ok(attempt(), what)
    else t.throws(attempt, { code: 'SCOPE' }, what)
  }
})
