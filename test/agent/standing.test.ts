// What an agent believes of itself: only an admin's newest word, and while that is missing or final nobody is served.
import { hostname } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import t, { type Test } from 'tap'
import { Documents } from '../../agent/documents.ts'
import { AgentHome } from '../../agent/home.ts'
import { Twins } from '../../agent/twins.ts'
import { toBase64url } from '../../protocol/bytes.ts'
import { RconsoleError } from '../../protocol/errors.ts'
import { identity, type Identity } from '../../protocol/keys.ts'
import { type Grant, issueMachine, type MachineBody } from '../../protocol/membership.ts'
import { issuePresence } from '../../protocol/presence.ts'
import { enrol, newFleet, operatorEntry, YEAR } from '../protocol/world.ts'
import { openDoor, visit } from './door-world.ts'

const now = Math.floor(Date.now() / 1000)
const fleet = newFleet(now)

/** An enrolled agent's documents; `again` is what its next process finds. */
function documents(t: Test, grant: Partial<Grant> = {}) {
  const { agent, join: joined } = enrol(fleet, { iat: now, exp: now + 3600, ...grant })
  const home = new AgentHome(join(t.testdir(), 'home'))
  const enrolled = { identity: agent, fleet: fleet.pin, join: joined, name: 'web-1' }
  const again = (): Documents =>
    new Documents({ home, enrolled, fleet: fleet.document(), log: pino({ enabled: false }) })
  return { agent, again, first: again() }
}

function word(agent: Identity, more: Partial<MachineBody> = {}, by = fleet.admin): string {
  const body = { fleet: fleet.pin, agent: agent.public, by: by.public, n: 1, name: 'web-1' }
  return issueMachine(by, { ...body, labels: { env: 'prod' }, exp: now + YEAR, accepted: true, ...more })
}

function presence(by: Identity, iat: number, boot: string): string {
  return issuePresence(by, {
    fleet: fleet.pin,
    agent: by.public,
    proto: 1,
    pre: toBase64url(Buffer.concat([Buffer.of(9), Buffer.alloc(31)])),
    boot: boot.repeat(22),
    iat,
    host: 'host-b',
    os: 'os',
    ver: '1',
    policy: { mode: 'full' },
  })
}

t.test('it waits for an admin, and says for which command', async (t) => {
  const { agent, first, again } = documents(t, { approve: true })
  t.match(first.refusal, {
    code: 'POLICY',
    message: /rconsole machine accept web-1 \(its key is [\da-f-]{19}\)/,
  })
  for (const forged of [word(agent, {}, identity()), word(agent, {}, agent), word(agent, {}, fleet.operator)])
    t.notOk(first.learn(forged), 'only an admin’s word counts')
  t.notOk(first.learn(word(identity())), 'and one about this machine')
  t.ok(first.refusal)
  t.ok(first.learn(word(agent)))
  t.strictSame([first.refusal, again().refusal], [undefined, undefined])
})

t.test('labels change by an admin’s newer word, and by nobody’s leaving', async (t) => {
  const { agent, first, again } = documents(t)
  t.ok(first.learn(word(agent, { n: 5, labels: { env: 'dev' }, name: 'web-9' })))
  t.notOk(first.learn(word(agent, { n: 4, labels: { env: 'prod' } })), 'an old one')
  t.notOk(first.learn(word(agent, { n: 5, labels: { env: 'prod' } })), 'another of the same number')
  const scoped = { ...operatorEntry(fleet.operator, 'admin', now), scope: { env: ['prod'] } }
  t.ok(first.adopt(fleet.jws({ v: 2, operators: [scoped] })), 'the admin leaves')
  t.strictSame([first.labels, first.name, first.refusal], [{ env: 'dev' }, 'web-9', undefined])
  const takeover = word(agent, { n: 6, labels: { env: 'prod' } }, fleet.operator)
  t.notOk(first.learn(takeover), 'the labels before are not in this one’s scope')
  t.strictSame(again().labels, { env: 'dev' })
})

t.test('forgotten is for good, also for the next process', async (t) => {
  const { agent, first, again } = documents(t)
  t.ok(first.learn(word(agent, { n: 2, forgotten: true })))
  t.notOk(first.learn(word(agent, { n: 3 })), 'no word takes it back')
  for (const each of [first, again()]) t.match(each.refusal, { code: 'TOKEN', message: /needs a new token/ })
})

t.test('a refusal is an answer under seal to an operator, and nothing is served', async (t) => {
  const refusal = new RconsoleError('POLICY', 'web-1 waits')
  const world = openDoor(t, { refusal })
  const alice = visit(t, world)
  alice.ask('ping')
  t.match(alice.knock(alice.hello()).answer, { error: { code: 'POLICY', message: 'web-1 waits' } })
  const stranger = visit(t, world, identity())
  stranger.ask('ping')
  t.match(stranger.knock(stranger.hello()).answer, { error: { code: 'UNKNOWN_OPERATOR' } }, 'not to anyone')
  t.strictSame(world.started, [])
})

t.test('another process of its key counts by that key’s signature, of this time', async (t) => {
  const agent = identity()
  const twins = new Twins()
  const self = { key: agent.public, boot: 'a'.repeat(22) }
  const noise = [
    presence(identity(), now, 'b'),
    presence(agent, now, 'a'),
    presence(agent, now - 9000, 'b'),
    'x.y.z',
  ]
  t.strictSame(twins.meet(noise, self), [], 'another key, itself, long ago, nonsense')
  t.equal(twins.refusal('web-1'), undefined)
  t.strictSame(twins.meet([presence(agent, now, 'b')], self), ['host-b'])
  t.match(twins.refusal('web-1'), { code: 'AMBIGUOUS', message: `on hosts ${hostname()} and host-b` })
  twins.meet([], self)
  t.ok(twins.isAlone)
})
