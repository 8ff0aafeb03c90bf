// Fleet documents at the agent's door: handed over inside the seal, whatever the relay hides, and never backwards.
import t, { type Test } from 'tap'
import { toBase64url } from '../../protocol/bytes.ts'
import { type Fleet, versionOf } from '../../protocol/fleet.ts'
import { identity } from '../../protocol/keys.ts'
import { encode } from '../../protocol/messages.ts'
import { newFleet, operatorEntry } from '../protocol/world.ts'
import { type DoorWorld, ends, openDoor, seconds, visit, type Visitor } from './door-world.ts'

/** The next document: the operator is revoked. */
function revocation({ fleet }: DoorWorld, more: Parameters<typeof fleet.document>[0] = {}): Fleet {
  return fleet.document({ v: 2, revoked: [fleet.operator.public], ...more })
}

/** A visitor of the admin who holds `document`. */
function carrier(test: Test, world: DoorWorld, document: Fleet, operator = world.fleet.admin): Visitor {
  const visitor = visit(test, world, operator)
  visitor.holds = document
  return visitor
}

void t.test('19. a revocation that the relay withholds is carried by a console', async (t) => {
  const world = openDoor(t)
  const bob = visit(t, world)
  const first = bob.ask('ping')
  bob.knock(bob.hello())
  t.equal(await ends(bob, first), 'result')
  const document = revocation(world)
  const alice = carrier(t, world, document)
  const asked = alice.ask('ping')
  t.match(alice.knock(alice.hello()).answer, { error: { code: 'OUTDATED' }, doc: { v: 1 } })
  t.strictSame(world.started, ['ping'], 'nothing of hers takes effect before that')
  alice.knock(alice.hello({ document: document.jws }))
  t.match(alice.answer, { error: undefined, doc: { v: 2 } })
  t.equal(await ends(alice, asked), 'result')
  t.equal(bob.ended(99), 'bye UNKNOWN_OPERATOR', 'his open session ends')
  const again = visit(t, world)
  again.ask('ping')
  t.match(again.knock(again.hello()).answer, { error: { code: 'UNKNOWN_OPERATOR', message: /was revoked/ } })
  t.strictSame(world.started, ['ping', 'ping'])
})

void t.test('19. also by an operator whom only the newer document names', async (t) => {
  const world = openDoor(t)
  const fresh = identity()
  const operators = [operatorEntry(fresh, 'admin', seconds())]
  const document = revocation(world, { operators })
  const alice = carrier(t, world, document, fresh)
  const asked = alice.ask('ping')
  t.match(alice.knock(alice.hello()).answer, { error: { code: 'UNKNOWN_OPERATOR' }, doc: { v: 1 } })
  alice.knock(alice.hello({ document: document.jws }))
  t.equal(await ends(alice, asked), 'result')
  t.match(world.services.fleet.body, { v: 2 })
})

void t.test('19. in a session that is open, too', async (t) => {
  const world = openDoor(t)
  const [alice, bob] = [visit(t, world, world.fleet.admin), visit(t, world)]
  for (const visitor of [alice, bob]) {
    const first = visitor.ask('ping')
    visitor.knock(visitor.hello())
    t.equal(await ends(visitor, first), 'result')
  }
  alice.session.send(encode({ t: 'document', jws: revocation(world).jws }))
  t.equal(bob.ended(99), 'bye UNKNOWN_OPERATOR')
  t.equal(await ends(alice, alice.ask('ping')), 'result')
})

void t.test('a console whose document is older is given the newer one under seal', async (t) => {
  const world = openDoor(t, { body: { v: 3 } })
  const alice = carrier(t, world, world.fleet.document({ v: 2 }))
  const asked = alice.ask('ping')
  alice.knock(alice.hello())
  t.equal(await ends(alice, asked), 'result')
  const given = alice.messages.filter(({ t: kind }) => kind === 'document')
  t.strictSame(given, [{ t: 'document', jws: world.services.fleet.jws }])
})

void t.test('16. a rolled-back document offered inside the seal changes nothing', async (t) => {
  const world = openDoor(t, { body: { v: 5, revoked: [newFleet().viewer.public] } })
  const { jws } = world.services.fleet
  const before = [world.fleet.jws({ v: 4 }), world.fleet.jws({ v: 5 }), world.fleet.jws({ v: 6, iat: 1 })]
  for (const document of before) {
    const alice = visit(t, world)
    const asked = alice.ask('ping')
    alice.knock(alice.hello({ document }))
    t.equal(await ends(alice, asked), 'result', 'she is heard all the same')
    alice.session.send(encode({ t: 'document', jws: document }))
    t.equal(await ends(alice, alice.ask('ping')), 'result')
  }
  t.equal(world.services.fleet.jws, jws)
  t.equal(world.refused.length, 6)
})

void t.test(
  '16. a document of another fleet inside the seal, or one that is none, changes nothing',
  async (t) => {
    const world = openDoor(t)
    const { jws } = world.services.fleet
    const other = newFleet(seconds())
    const [head = '', body = ''] = world.fleet.jws({ v: 9 }).split('.')
    const forged = `${head}.${body}.${toBase64url(Buffer.alloc(64, 1))}`
    const documents = [
      other.jws({ v: 9 }),
      other.jws({ v: 9, fleet: world.fleet.pin }),
      forged,
      'no statement',
    ]
    for (const document of documents) {
      const alice = visit(t, world)
      const asked = alice.ask('ping')
      alice.knock(alice.hello({ document }))
      t.equal(await ends(alice, asked), 'result')
    }
    t.equal(world.services.fleet.jws, jws)
    t.strictSame(world.refused, ['OTHER_FLEET', 'OTHER_FLEET', 'BAD_SIGNATURE', 'INVALID_MESSAGE'])
  },
)

void t.test(
  '5. a hello of a revoked operator that was held back takes no effect after the adoption',
  async (t) => {
    const world = openDoor(t)
    const bob = visit(t, world)
    bob.ask('ping')
    const heldBack = bob.hello()
    const heard = visit(t, world)
    const first = heard.ask('ping')
    const replayed = heard.hello()
    heard.knock(replayed)
    t.equal(await ends(heard, first), 'result')
    const document = revocation(world)
    const alice = carrier(t, world, document)
    alice.ask('ping')
    alice.knock(alice.hello({ document: document.jws }))
    world.sent.length = 0
    world.door.receive(heard.address, replayed)
    t.strictSame(world.sent, [], 'one that was heard before is not even answered')
    t.match(bob.knock(heldBack).answer, { error: { code: 'UNKNOWN_OPERATOR' } })
    t.strictSame(world.started, ['ping', 'ping'])
  },
)

void t.test('whoever claims a newer document and brings none, or an expired one, is refused', async (t) => {
  const world = openDoor(t)
  const expired = world.fleet.document({ v: 2, iat: seconds(), exp: seconds() })
  for (const document of [undefined, expired.jws, world.services.fleet.jws]) {
    const bob = carrier(t, world, expired, world.fleet.operator)
    bob.ask('ping')
    t.match(bob.knock(bob.hello({ document })).answer, {
      error: { code: 'OUTDATED', message: /holds fleet document 1/ },
    })
  }
  t.strictSame([world.started, world.services.fleet.body.v], [[], 1])
})

void t.test('17. with its clock set back, a document that ran out stays run out', async (t) => {
  const world = openDoor(t)
  const ended = world.fleet.document({ v: 2, iat: seconds() + 50, exp: seconds() + 50 })
  world.services.fleet = ended
  const clock = Date.now
  t.intercept(Date, 'now', { value: () => clock() - 86_400_000, configurable: true })
  const bob = visit(t, world)
  bob.ask('ping')
  t.match(bob.knock(bob.hello()).answer, { error: { code: 'EXPIRED' } })
})

void t.test('a hello whose document is said to be longer than it is gets no answer', async (t) => {
  const world = openDoor(t)
  const bob = visit(t, world)
  bob.ask('ping')
  const head = { session: bob.id, attempt: 0, want: 0, next: 0, doc: versionOf(world.services.fleet) }
  const lying = { ...head, carried: 90_000 }
  bob.knock(bob.hello({ head: lying }))
  t.strictSame([bob.answer, world.started], [undefined, []])
})
