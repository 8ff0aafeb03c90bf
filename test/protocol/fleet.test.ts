// The fleet document and who it lets do what; grant, join and machine, and who a machine is.
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
import { identity, idOf } from '../../protocol/keys.ts'
import { memberOf } from '../../protocol/member.ts'
import {
  checkGrantFresh,
  checkSuccessor,
  claimsOf,
  issueGrant,
  issueJoin,
  issueMachine,
  type MachineBody,
  readGrant,
  readJoin,
  readMachine,
} from '../../protocol/membership.ts'
import { toBase64url } from '../../protocol/bytes.ts'
import { enrol, forge, headerOf, newFleet, NOW, operatorEntry, YEAR } from './world.ts'

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

void t.test('a grant and a join hold by their signatures', async (t) => {
  const document = fleet.document()
  const { agent, token, grant, join } = enrol(fleet, { max: 3 })
  t.match(readGrant(document, grant, NOW), { join: token.public, max: 3 })
  t.match(claimsOf(join), {
    agent: agent.public,
    name: 'web-1',
    joinKey: token.public,
    labels: { env: 'prod' },
  })
  t.equal(readJoin(document, join, NOW).join.agent, agent.public)
  const claimed = readGrant(document, grant, NOW)
  for (const by of [fleet.operator, fleet.viewer, fleet.signer, fleet.root, token, identity()]) {
    t.throws(() => readGrant(document, issueGrant(by, claimed), NOW), { code: 'BAD_SIGNATURE' })
  }
  t.throws(
    () => readGrant(document, issueGrant(fleet.admin, { ...claimed, fleet: 'F'.repeat(20) }), NOW),
    OTHER,
  )
  const revoked = fleet.document({ revoked: [fleet.admin.public] })
  t.throws(() => readJoin(revoked, join, NOW), { code: 'BAD_SIGNATURE' })
  const said = { fleet: pin, agent: agent.public, name: 'web-1', grant, iat: NOW }
  for (const by of [agent, fleet.admin, identity()]) {
    t.throws(() => readJoin(document, issueJoin(by, said), NOW), { code: 'BAD_SIGNATURE' })
  }
  t.throws(() => readJoin(document, issueJoin(token, { ...said, fleet: 'F'.repeat(20) }), NOW), OTHER)
  for (const name of ['', '-web', 'a b', '../x', 'web\n', 'x'.repeat(64), '\u202eweb']) {
    t.throws(
      () => readJoin(document, issueJoin(token, { ...said, name }), NOW),
      INVALID,
      JSON.stringify(name),
    )
  }
  checkGrantFresh(document, claimed, NOW + 3599)
  t.throws(() => checkGrantFresh(document, claimed, NOW + 3600), { code: 'TOKEN_EXPIRED', message: /2027-/ })
})

void t.test('a machine is what the newest signatures say of it', async (t) => {
  const document = fleet.document()
  const { agent, join } = enrol(fleet)
  const id = idOf(agent.public)
  const base = { id, key: agent.public }
  const body = {
    fleet: pin,
    agent: agent.public,
    by: fleet.admin.public,
    n: 1,
    name: 'db-1',
    labels: { a: 'b' },
  }
  const machine = (more: Partial<MachineBody> = {}, by = fleet.admin) =>
    issueMachine(by, { ...body, exp: NOW + 100, accepted: true, ...more })
  const bare = { ...base, name: 'web-1', labels: { env: 'prod' } }
  const signed = { ...base, name: 'db-1', labels: { a: 'b' } }
  t.match(memberOf(document, { join }, NOW), { ...bare, standing: 'bare', n: 0, joined: NOW })
  t.match(memberOf(document, { join }, NOW + 3600), {
    standing: 'refused',
    reason: /token ran out; an admin can: rconsole machine accept/,
  })
  t.match(memberOf(document, { join, machine: machine() }, NOW), { ...signed, standing: 'accepted', n: 1 })
  t.strictSame(memberOf(document, { join, machine: machine() }, NOW + 99).standing, 'accepted')
  t.match(memberOf(document, { join, machine: machine() }, NOW + 100), {
    ...signed,
    standing: 'orphaned',
    reason: /ran out; an admin can: rconsole machine accept/,
  })
  t.equal(
    memberOf(document, { join, machine: machine({ exp: NOW + YEAR }) }, NOW + 9999).standing,
    'accepted',
    'past the grant',
  )
  t.match(memberOf(document, { join, machine: machine({ forgotten: true }) }, NOW), {
    standing: 'forgotten',
    reason: /forgotten/,
  })
  t.equal(
    memberOf(document, { join, machine: machine({ forgotten: true }) }, NOW + YEAR).standing,
    'forgotten',
    'for good, also when that word has run out',
  )
  t.equal(memberOf(document, { join, machine: machine({ accepted: false }) }, NOW).standing, 'pending')
  t.equal(memberOf(document, { join: enrol(fleet, { approve: true }).join }, NOW).standing, 'pending')
  for (const revoked of [agent.public, id]) {
    const after = fleet.document({ revoked: [revoked] })
    for (const word of [undefined, machine()]) {
      t.match(memberOf(after, { join, machine: word }, NOW), { standing: 'refused', reason: 'revoked' })
    }
  }
  t.throws(() => memberOf(document, { join: enrol(fleet).join, machine: machine() }, NOW), {
    code: 'BAD_SIGNATURE',
    message: /another agent/,
  })
  for (const by of [fleet.operator, agent, identity()]) {
    t.throws(() => memberOf(document, { join, machine: machine({}, by) }, NOW), { code: 'BAD_SIGNATURE' })
  }
  t.throws(() => readMachine(document, machine({ fleet: 'F'.repeat(20) }), NOW), OTHER)
  t.throws(() => memberOf(newFleet().document(), { join }, NOW), OTHER)
})

void t.test('a scoped admin signs for what is in their scope, before and after', async (t) => {
  const dev = { ...operatorEntry(fleet.operator, 'admin'), scope: { env: ['dev'] } }
  const document = fleet.document({ operators: [dev, operatorEntry(fleet.admin, 'admin')] })
  const { agent } = enrol(fleet)
  const body = { fleet: pin, agent: agent.public, by: dev.key, n: 2, name: 'web-1', exp: NOW + 9 }
  const next = { ...body, labels: { env: 'dev' } }
  t.match(readMachine(document, issueMachine(fleet.operator, next), NOW), { n: 2 })
  const outside = issueMachine(fleet.operator, { ...body, labels: { env: 'prod' } })
  t.throws(() => readMachine(document, outside, NOW), { code: 'BAD_SIGNATURE' })
  checkSuccessor(document, { labels: { env: 'dev' } }, next, NOW)
  t.throws(() => checkSuccessor(document, { labels: { env: 'prod' } }, next, NOW), { code: 'BAD_SIGNATURE' })
  t.throws(() => checkSuccessor(document, { labels: { env: 'dev' }, forgotten: true }, next, NOW), {
    code: 'REFUSED',
    message: /needs a new token/,
  })
  const grant = enrol(fleet, { labels: { env: 'prod' }, by: dev.key })
  t.throws(() => readJoin(document, grant.join, NOW), { code: 'BAD_SIGNATURE' }, 'a token, too')
  t.throws(
    () =>
      readMachine(
        fleet.document(),
        issueMachine(fleet.admin, { ...next, by: fleet.admin.public }),
        NOW + YEAR,
      ),
    { code: 'BAD_SIGNATURE' },
    'nor one whose time is over',
  )
})
