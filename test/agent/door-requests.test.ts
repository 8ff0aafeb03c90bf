// What an authentic session may ask for: in time, signed, within role, scope and policy, and as long as the document says.
import t from 'tap'
import { NUDGE } from '../../protocol/envelope.ts'
import { identity } from '../../protocol/keys.ts'
import { EFFECT_MS } from '../../protocol/limits.ts'
import { signRequest } from '../../protocol/request-signature.ts'
import { operatorEntry } from '../protocol/world.ts'
import { ends, marker, openDoor, seconds, visit } from './door-world.ts'
import { newId } from './world.ts'

const shellRequest = () => ({ id: newId(), size: { cols: 80, rows: 24 }, term: 'xterm' })

void t.test('a late request is refused with the agent’s clock', async (t) => {
  const world = openDoor(t)
  const alice = visit(t, world)
  const late = alice.ask('ping', {}, { by: Date.now() - 1 })
  alice.knock(alice.hello())
  t.equal(await ends(alice, late), 'LATE')
  const [error] = alice.messages.filter((message) => message.t === 'error')
  t.ok(error?.t === 'error' && Math.abs((error.now ?? 0) - Date.now()) < EFFECT_MS)
  t.strictSame(world.started, [])
  t.equal(await ends(alice, alice.ask('ping', {}, { by: 2 ** 52 })), 'result')
})

void t.test('a later request needs its own signature, over exactly what it asks of this agent', async (t) => {
  const world = openDoor(t)
  const alice = visit(t, world)
  const first = alice.ask('ping')
  alice.knock(alice.hello())
  t.equal(await ends(alice, first), 'result')
  const by = Date.now() + EFFECT_MS
  const { fleet, agent } = world
  const asked = { action: 'ping', request: '{}', by }
  const signatures = {
    none: undefined,
    zeros: 'A'.repeat(86),
    'of another operator': signRequest(fleet.pin, agent.public, fleet.admin, asked),
    'for another agent': signRequest(fleet.pin, identity().public, fleet.operator, asked),
    'for another fleet': signRequest('F'.repeat(20), agent.public, fleet.operator, asked),
    'for another action': signRequest(fleet.pin, agent.public, fleet.operator, { ...asked, action: 'facts' }),
    'for another request': signRequest(fleet.pin, agent.public, fleet.operator, { ...asked, request: '{ }' }),
    'for another time': signRequest(fleet.pin, agent.public, fleet.operator, { ...asked, by: by + 1 }),
  }
  for (const [what, sig] of Object.entries(signatures)) {
    t.equal(await ends(alice, alice.ask('ping', {}, { by, sig })), 'BAD_SIGNATURE', what)
  }
  t.equal(await ends(alice, alice.ask('ping', {}, { by })), 'result')
  t.strictSame(world.started, ['ping', 'ping'])
})

void t.test('37. a viewer may ping and ask for facts, and neither run nor open a shell', async (t) => {
  const world = openDoor(t)
  const eve = visit(t, world, world.fleet.viewer)
  const { request, count } = marker(t)
  const first = eve.ask('run', request())
  eve.knock(eve.hello())
  t.equal(await ends(eve, first), 'ROLE')
  t.equal(await ends(eve, eve.ask('run', request())), 'ROLE')
  t.equal(await ends(eve, eve.ask('shell', shellRequest())), 'ROLE')
  t.equal(await ends(eve, eve.ask('lifecycle', { id: newId(), word: 'kill' })), 'ROLE')
  t.equal(await ends(eve, eve.ask('ping')), 'result')
  t.equal(await ends(eve, eve.ask('facts', { parts: ['name'] })), 'result')
  t.strictSame([world.started, count()], [['ping', 'facts'], 0])
})

void t.test('38. an operator reaches the machines of the scope, by the agent’s own labels', async (t) => {
  const { fleet } = openDoor(t)
  const body = { operators: [operatorEntry(fleet.operator, 'admin', seconds(), { env: ['dev'] })] }
  for (const [labels, end] of [
    [{ env: 'prod' }, 'SCOPE'],
    [{}, 'SCOPE'],
    [{ env: 'dev' }, 'result'],
  ] as const) {
    const world = openDoor(t, { fleet, body, labels })
    const alice = visit(t, world)
    const first = alice.ask('ping')
    alice.knock(alice.hello())
    t.equal(await ends(alice, first), end)
    t.equal(world.started.length, end === 'result' ? 1 : 0)
  }
})

void t.test('39. a machine in diagnose runs nothing for anyone, and still says how it is', async (t) => {
  const world = openDoor(t, { mode: 'diagnose' })
  const admin = visit(t, world, world.fleet.admin)
  const { request, count } = marker(t)
  const first = admin.ask('run', request())
  admin.knock(admin.hello())
  t.equal(await ends(admin, first), 'POLICY')
  t.equal(await ends(admin, admin.ask('shell', shellRequest())), 'POLICY')
  t.equal(await ends(admin, admin.ask('facts', { parts: ['name'] })), 'result')
  t.equal(await ends(admin, admin.ask('ping')), 'result')
  t.strictSame([world.started, count()], [['facts', 'ping'], 0])
})

void t.test('19. a revoked operator’s session ends with the new document', async (t) => {
  const world = openDoor(t)
  const [alice, bob] = [visit(t, world), visit(t, world, world.fleet.admin)]
  for (const visitor of [alice, bob]) {
    const first = visitor.ask('ping')
    visitor.knock(visitor.hello())
    t.equal(await ends(visitor, first), 'result')
  }
  world.services.fleet = world.fleet.document({ v: 2, revoked: [alice.operator.public] })
  world.door.reauthorize()
  alice.collect()
  t.match(alice.messages.at(-1), { t: 'bye', code: 'UNKNOWN_OPERATOR' })
  alice.ask('ping')
  alice.collect()
  t.ok(alice.nudges.includes(NUDGE.unknownSession))
  t.equal(await ends(bob, bob.ask('ping')), 'result')
})
