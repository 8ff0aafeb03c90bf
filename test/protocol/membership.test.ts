// Grant, join and an admin's word: who is a machine of the fleet, and who may say so.
import t from 'tap'
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
import { enrol, forge, headerOf, newFleet, NOW, operatorEntry, YEAR } from './world.ts'

const fleet = newFleet()
const { pin } = fleet
const INVALID = { code: 'INVALID_MESSAGE' }
const OTHER = { code: 'OTHER_FLEET' }

void t.test('11. a grant and a join hold by their signatures', async (t) => {
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
  const said = { fleet: pin, name: 'web-1', grant, iat: NOW }
  for (const by of [agent, fleet.admin, identity()]) {
    t.throws(() => readJoin(document, issueJoin(by, agent, said), NOW), { code: 'BAD_SIGNATURE' })
  }
  t.throws(() => readJoin(document, issueJoin(token, agent, { ...said, fleet: 'F'.repeat(20) }), NOW), OTHER)
  for (const name of ['', '-web', 'a b', '../x', 'web\n', 'x'.repeat(64), '\u202eweb']) {
    t.throws(
      () => readJoin(document, issueJoin(token, agent, { ...said, name }), NOW),
      INVALID,
      JSON.stringify(name),
    )
  }
  // Whoever has the token signs for a key that is not theirs: with no proof, one of their own, or that of another join.
  const body: unknown = JSON.parse(Buffer.from(join.split('.')[1] ?? '', 'base64url').toString())
  const thief = issueJoin(token, identity(), said)
  for (const more of [
    { proof: undefined },
    { proof: 'A'.repeat(86) },
    { proof: proofIn(thief) },
    { name: 'mine' },
    { iat: NOW + 1 },
  ]) {
    const claimed = JSON.stringify({ ...Object(body), ...more })
    t.throws(() => readJoin(document, forge(headerOf('join'), claimed, token), NOW), {
      code: more.proof === undefined && 'proof' in more ? 'INVALID_MESSAGE' : 'BAD_SIGNATURE',
    })
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

function proofIn(join: string): string {
  return JSON.parse(Buffer.from(join.split('.')[1] ?? '', 'base64url').toString()).proof
}
