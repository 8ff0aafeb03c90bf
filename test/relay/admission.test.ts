// Who is let in by a relay: an answer to this very challenge, at this very relay, by a key that the fleet knows.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { identity, type Identity } from '../../protocol/keys.ts'
import { issueClosed, issueJoin } from '../../protocol/membership.ts'
import { type Auth, issueAuth } from '../../protocol/presence.ts'
import { admit, checkAgent } from '../../relay/admission.ts'
import { Registry } from '../../relay/registry.ts'
import { enrol, newFleet, NOW, operatorEntry } from '../protocol/world.ts'

const fleet = newFleet()
const NONCE = 'n'.repeat(43)
const HOST = 'relay.example'

function registry(t: Test, document = fleet.jws()): Registry {
  const folder = mkdtempSync(join(tmpdir(), 'rconsole-relay-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const made = new Registry(fleet.pin, folder)
  made.putFleet(document, NOW)
  return made
}

function answer(by: Identity, more: Partial<Auth> = {}): string {
  const body = { key: by.public, fleet: fleet.pin, relay: HOST, nonce: NONCE, iat: NOW }
  return issueAuth(by, { ...body, as: 'console', ...more })
}

const asked = (auth: string, now = NOW) => ({ auth, nonce: NONCE, host: HOST, now })

t.test('an answer counts for one challenge, one relay, one fleet and one key', async (t) => {
  const held = registry(t)
  t.match(admit(held, asked(answer(fleet.viewer))), { as: 'console', key: fleet.viewer.public })
  for (const [name, auth, code] of [
    ['of another challenge', answer(fleet.viewer, { nonce: 'm'.repeat(43) }), 'REFUSED'],
    ['for another relay', answer(fleet.viewer, { relay: 'other.example' }), 'REFUSED'],
    ['of another fleet', answer(fleet.viewer, { fleet: 'F'.repeat(20) }), 'OTHER_FLEET'],
    ['by another key', answer(identity(), { key: fleet.viewer.public }), 'BAD_SIGNATURE'],
    ['by a stranger', answer(identity()), 'UNKNOWN_OPERATOR'],
  ] as const)
    t.throws(() => admit(held, asked(auth)), { code }, name)
})

t.test('the revoked, those whose time is over, and machines that have not joined stay outside', async (t) => {
  const operators = [
    { ...operatorEntry(fleet.viewer, 'viewer'), exp: NOW + 10 },
    operatorEntry(fleet.operator, 'operator'),
  ]
  const held = registry(t, fleet.jws({ operators, revoked: [fleet.operator.public] }))
  t.ok(admit(held, asked(answer(fleet.viewer))))
  t.throws(() => admit(held, asked(answer(fleet.viewer), NOW + 11)), { code: 'EXPIRED' })
  t.throws(() => admit(held, asked(answer(fleet.operator))), { code: 'UNKNOWN_OPERATOR' })

  const open = registry(t)
  const { agent, grant, join: joined } = enrol(fleet)
  t.throws(() => checkAgent(open, agent.public, NOW), { code: 'REFUSED' })
  open.putGrant(grant, NOW)
  open.putJoin(joined, NOW)
  t.doesNotThrow(() => checkAgent(open, agent.public, NOW))
  const later = { v: 2, iat: NOW + 1, revoked: [agent.public] }
  const parted = fleet.jws({ ...later, prev: 'p'.repeat(43) })
  t.throws(() => open.putFleet(parted, NOW), { code: 'REFUSED' }, 'made from another document')
  open.putFleet(fleet.jws({ ...later, prev: open.fleet?.hash }), NOW)
  t.throws(() => checkAgent(open, agent.public, NOW), { code: 'REFUSED' })
})

t.test(
  'a token is good for so many, until its end or its closing, also for whoever has its grant already',
  async (t) => {
    const limited = registry(t)
    const { token, grant, join: first } = enrol(fleet, { max: 1 })
    const another = (iat = NOW): string =>
      issueJoin(token, identity(), { fleet: fleet.pin, name: 'web-2', grant, iat })
    limited.putGrant(grant, NOW)
    limited.putJoin(first, NOW)
    limited.putJoin(first, NOW)
    t.throws(() => limited.putJoin(another(), NOW), { code: 'TOKEN_USED' })
    const free = registry(t)
    const open = enrol(fleet)
    free.putGrant(open.grant, NOW)
    t.throws(() => free.putJoin(open.join, NOW + 3_600), { code: 'TOKEN_EXPIRED' })
    const { admin } = fleet
    const body = { fleet: fleet.pin, by: admin.public, join: open.token.public, iat: NOW, exp: NOW + 3_600 }
    free.putClosed(issueClosed(admin, body), NOW)
    t.throws(() => free.putJoin(open.join, NOW), { code: 'TOKEN' })
  },
)
